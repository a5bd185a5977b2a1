import { Provider } from '@pulumi/aws/provider.js'
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import type { StackInputs, StackOutputs, StackProgram } from '../stack-program.ts'
import { checkAwsInputs } from './aws-inputs.ts'
import type { AwsTarget } from './aws-target.ts'
import { StackBackups } from './backups.ts'
import { StackCluster } from './cluster.ts'
import { DatabasePair } from './database-pair.ts'
import type { DatabaseSideArgs } from './database.ts'
import { logGroupNames } from './log-groups.ts'
import { StackNetwork } from './network.ts'
import { placeOf, type Place } from './place.ts'
import { AWS_SIZES } from './sizes.ts'
import { TenantKey } from './tenant-key.ts'

export type AwsProgramSettings = {
  target: AwsTarget
  /**
   * Before a stack can be destroyed it is brought up once more with its guards let go: databases, keys and vaults unprotected, no
   * deletion protection, no locks. Nothing else changes by it.
   */
  leaving?: boolean
  /** For everything that the program makes. */
  options?: ComponentResourceOptions
}

/** The program that makes a dedicated stack on AWS. */
export const awsProgram =
  ({ target, leaving = false, options = {} }: AwsProgramSettings): StackProgram =>
  (inputs) => {
    checkAwsInputs(inputs, target)
    const name = inputs.tenant
    // whatever account the credentials open: nothing is made in another one
    const provider = new Provider(name, { region: inputs.region, allowedAccountIds: [target.account] }, options)
    return new AwsStack(name, { inputs, target, leaving }, { ...options, provider }).stack
  }

type AwsStackArgs = { inputs: StackInputs; target: AwsTarget; leaving: boolean }

class AwsStack extends ComponentResource {
  readonly stack: { [Name in keyof StackOutputs]: Output<string> }

  constructor(name: string, { inputs, target, leaving }: AwsStackArgs, options: ComponentResourceOptions) {
    super('steward:aws:Stack', name, {}, options)
    const child = { parent: this }
    const size = AWS_SIZES[inputs.size]
    const first = side(`${name}-first`, placeOf('first', inputs, target, leaving), { ...target, nodes: true }, child)
    const second = side(
      `${name}-second`,
      placeOf('second', inputs, target, leaving),
      { ...target, zones: target.replicaZones, nodes: false },
      child,
    )
    const cluster = new StackCluster(
      `${name}-cluster`,
      {
        ...target,
        at: first.at,
        version: inputs.versions.kubernetes,
        subnetIds: first.network.nodeSubnetIds,
        keyArn: first.keyArn,
        size: size.nodes,
      },
      child,
    )
    const database = new DatabasePair(
      `${name}-database`,
      {
        first: databaseArgs(first, inputs),
        second: databaseArgs(second, inputs),
        size: size.database,
        clientGroupId: cluster.securityGroupId,
      },
      child,
    )
    const backups = new StackBackups(`${name}-backups`, { first, second, resourceArns: [database.primaryArn] }, child)
    this.stack = {
      cluster: cluster.name,
      clusterEndpoint: cluster.endpoint,
      databasePrimary: database.endpoints.first,
      databaseStandby: database.endpoints.second,
      databaseSecret: database.secretArn,
      key: first.keyArn,
      backupStore: backups.vault,
    }
    this.registerOutputs(this.stack)
  }
}

type StackSide = { at: Place; keyArn: Output<string>; network: StackNetwork }

/** A region of the stack: its key and its network. */
function side(
  name: string,
  at: Place,
  { zones, workerRoleArn, nodes }: Pick<AwsTarget, 'zones' | 'workerRoleArn'> & { nodes: boolean },
  child: { parent: ComponentResource },
): StackSide {
  const names = logGroupNames(at)
  const logGroups = [names.flow, names.database(at.name(at.side)), ...(nodes ? [names.cluster] : [])]
  const { arn: keyArn } = new TenantKey(`${name}-key`, { at, logGroups, workerRoleArn }, child)
  return { at, keyArn, network: new StackNetwork(`${name}-network`, { at, zones, keyArn, nodes }, child) }
}

const databaseArgs = ({ at, keyArn, network }: StackSide, inputs: StackInputs): DatabaseSideArgs => ({
  at,
  keyArn,
  version: inputs.versions.postgres,
  vpcId: network.vpcId,
  subnetIds: network.databaseSubnetIds,
})
