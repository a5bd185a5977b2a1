import { DefaultSecurityGroup } from '@pulumi/aws/ec2/defaultSecurityGroup.js'
import { Vpc } from '@pulumi/aws/ec2/vpc.js'
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi'
import { FlowLogs } from './flow-logs.ts'
import type { Place } from './place.ts'
import { PublicSide } from './public-side.ts'
import { STACK_NETWORK, type SubnetTier } from './subnets.ts'
import { privateSubnets } from './zone-subnets.ts'

export type NetworkArgs = {
  at: Place
  zones: readonly string[]
  keyArn: Input<string>
  /** Whether nodes stand here; without them the network has databases only, and no way in or out. */
  nodes: boolean
}

/**
 * The network of a stack in one region: one of each tier per zone. Nodes reach out through a NAT gateway of their zone, load
 * balancers alone are public, and databases have no route but the VPC's own.
 */
export class StackNetwork extends ComponentResource {
  readonly vpcId: Output<string>
  readonly nodeSubnetIds: Output<string>[]
  readonly databaseSubnetIds: Output<string>[]

  constructor(name: string, { at, zones, keyArn, nodes }: NetworkArgs, options?: ComponentResourceOptions) {
    super('steward:aws:Network', name, {}, options)
    const child = { parent: this }
    const vpc = new Vpc(
      `${name}-vpc`,
      {
        region: at.region,
        cidrBlock: STACK_NETWORK,
        enableDnsSupport: true,
        enableDnsHostnames: true,
        tags: at.tags('network'),
      },
      child,
    )
    // without rules: what names no group of its own reaches nobody
    new DefaultSecurityGroup(
      `${name}-default`,
      { region: at.region, vpcId: vpc.id, ingress: [], egress: [], tags: at.tags('default') },
      child,
    )
    new FlowLogs(`${name}-flow`, { at, vpcId: vpc.id, keyArn }, child)
    const tier = (of: SubnetTier) => privateSubnets(name, { at, zones, of, vpcId: vpc.id }, child)
    const databases = tier('database')
    const forNodes = nodes ? tier('nodes') : []
    if (nodes) new PublicSide(`${name}-public`, { at, zones, vpcId: vpc.id, inner: forNodes }, child)
    this.vpcId = vpc.id
    this.nodeSubnetIds = forNodes.map(({ subnetId }) => subnetId)
    this.databaseSubnetIds = databases.map(({ subnetId }) => subnetId)
    this.registerOutputs({ vpcId: this.vpcId })
  }
}
