import { awsProgram } from '../../stacks/dedicated/programs/aws/aws-program.ts'
import type { AwsTarget } from '../../stacks/dedicated/programs/aws/aws-target.ts'
import type { StackInputs } from '../../stacks/dedicated/programs/stack-program.ts'
import { register, type RegisteredStack } from './register.ts'

export const ACCOUNT = '123456789012'
export const INPUTS: StackInputs = {
  tenant: 'acme',
  unit: 'acme',
  plan: 'enterprise',
  size: 'small',
  region: 'eu-central-1',
  residency: ['eu-central-1', 'eu-west-1'],
  versions: { kubernetes: '1.35', postgres: '17' },
}
export const TARGET: AwsTarget = {
  account: ACCOUNT,
  zones: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
  replicaRegion: 'eu-west-1',
  replicaZones: ['eu-west-1a', 'eu-west-1b'],
  apiNetworks: ['198.51.100.0/24'],
  workerRoleArn: `arn:aws:iam::${ACCOUNT}:role/steward-worker`,
  sweeperRoleArn: `arn:aws:iam::${ACCOUNT}:role/steward-sweeper`,
}

/** What AWS would add to a resource: ids and ARNs of the form that it gives them, as far as the program reads them. */
function answerOf(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const [, service = ''] = type.split(/[:/]/)
  const text = (key: string) => (typeof inputs[key] === 'string' ? inputs[key] : undefined)
  const region = text('region') ?? ''
  const own = text('name') ?? text('identifier') ?? name
  const arn = `arn:aws:${service}:${region}:${ACCOUNT}:${own}`
  return {
    arn,
    keyId: `${name}-key-id`,
    endpoint: type.startsWith('aws:eks') ? `https://${own}.eks.test` : `${own}.rds.test:5432`,
    identities: [{ oidcs: [{ issuer: `https://oidc.eks.${region}.amazonaws.com/id/${own}` }] }],
    latestVersion: 1,
    ...inputs,
    ...(inputs['vpcConfig'] ? { vpcConfig: { ...inputs['vpcConfig'], clusterSecurityGroupId: 'sg-cluster' } } : {}),
  }
}

/** Runs the AWS program without an engine, and tells all that it registered. */
export const registeredStack = (
  inputs: StackInputs = INPUTS,
  target: AwsTarget = TARGET,
  leaving = false,
): Promise<RegisteredStack> => register((options) => awsProgram({ target, leaving, options })(inputs), answerOf)
