import { runtime, type Output, type ResourceTransformation } from '@pulumi/pulumi'
import type { RegisteredResource } from '../../stacks/dedicated/policy/registered.ts'
import { awsProgram } from '../../stacks/dedicated/programs/aws/aws-program.ts'
import type { AwsTarget } from '../../stacks/dedicated/programs/aws/aws-target.ts'
import type { StackInputs, StackOutputs } from '../../stacks/dedicated/programs/stack-program.ts'

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

export type RegisteredStack = { resources: RegisteredResource[]; outputs: Record<keyof StackOutputs, string> }

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

/** Runs the AWS program without an engine, and tells all that it registered. One run at a time: the mocks are the process's. */
export async function registeredStack(
  inputs: StackInputs = INPUTS,
  target: AwsTarget = TARGET,
  leaving = false,
): Promise<RegisteredStack> {
  const resources: RegisteredResource[] = []
  const isProtected = new Map<string, boolean>()
  const note: ResourceTransformation = ({ type, name, opts }) => {
    isProtected.set(`${type} ${name}`, opts.protect ?? false)
    return undefined
  }
  await runtime.setMocks({
    newResource: ({ type, name, inputs: given, custom }) => {
      const id = `${name}-id`
      const protect = isProtected.get(`${type} ${name}`) ?? false
      if (custom)
        resources.push({ urn: `urn:pulumi:test::steward::${type}::${name}`, type, name, inputs: given, protect, id })
      return { id, state: answerOf(type, name, given) }
    },
    call: ({ token }) => {
      throw new Error(`the program asks AWS (${token}), and would answer otherwise another day`)
    },
  })
  const declared = awsProgram({ target, leaving, options: { transformations: [note] } })(inputs)
  const names = Object.keys(declared) as (keyof StackOutputs)[]
  const outputs = await Promise.all(names.map(async (name) => [name, await valueOf(declared[name])] as const))
  await runtime.disconnect()
  return { resources, outputs: Object.fromEntries(outputs) as RegisteredStack['outputs'] }
}

const valueOf = <T>(output: Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve))
