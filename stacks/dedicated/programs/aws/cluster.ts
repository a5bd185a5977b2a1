import { AccessEntry } from '@pulumi/aws/eks/accessEntry.js'
import { AccessPolicyAssociation } from '@pulumi/aws/eks/accessPolicyAssociation.js'
import { Cluster } from '@pulumi/aws/eks/cluster.js'
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi'
import { ClusterNodes } from './cluster-nodes.ts'
import { serviceRole } from './cluster-roles.ts'
import { logGroup } from './log-group.ts'
import { logGroupNames } from './log-groups.ts'
import type { Place } from './place.ts'
import { assumedByAnonymously } from './policy-document.ts'
import type { AwsSize } from './sizes.ts'

/** Everything the control plane can log. */
const LOGS = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler']
/** Addresses of Services, apart from the network's own. */
const SERVICE_NETWORK = '172.20.0.0/16'

export type StackClusterArgs = {
  at: Place
  version: string
  subnetIds: Input<string>[]
  keyArn: Input<string>
  size: AwsSize['nodes']
  apiNetworks: readonly string[]
  workerRoleArn: string
  sweeperRoleArn: string
}

/**
 * A tenant's own EKS cluster. Who made it gets no rights by that: the worker administers it, the sweeper looks, nobody else is let in.
 */
export class StackCluster extends ComponentResource {
  readonly name: Output<string>
  readonly endpoint: Output<string>
  /** The group of nodes and control plane, which EKS makes: the only one that databases answer. */
  readonly securityGroupId: Output<string>

  constructor(name: string, args: StackClusterArgs, options?: ComponentResourceOptions) {
    super('steward:aws:Cluster', name, {}, options)
    const { at, keyArn, subnetIds, apiNetworks } = args
    const child = { parent: this }
    const trust = assumedByAnonymously('eks.amazonaws.com', ['sts:AssumeRole', 'sts:TagSession'])
    const role = serviceRole(`${name}-role`, { at, part: 'cluster', trust, managed: ['AmazonEKSClusterPolicy'] }, child)
    const log = logGroup(`${name}-log`, { at, logName: logGroupNames(at).cluster, keyArn }, child)
    const cluster = new Cluster(
      `${name}-cluster`,
      {
        region: at.region,
        name: at.name(),
        version: args.version,
        roleArn: role.arn,
        vpcConfig: {
          subnetIds,
          endpointPrivateAccess: true,
          endpointPublicAccess: apiNetworks.length > 0,
          ...(apiNetworks.length > 0 ? { publicAccessCidrs: [...apiNetworks] } : {}),
        },
        kubernetesNetworkConfig: { ipFamily: 'ipv4', serviceIpv4Cidr: SERVICE_NETWORK },
        encryptionConfig: { provider: { keyArn }, resources: ['secrets'] },
        enabledClusterLogTypes: LOGS,
        accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
        bootstrapSelfManagedAddons: false,
        deletionProtection: !at.leaving,
        upgradePolicy: { supportType: 'STANDARD' },
        tags: at.tags('cluster'),
      },
      { ...child, dependsOn: [log, ...role.attached] },
    )
    letIn(`${name}-worker`, args, cluster.name, { who: args.workerRoleArn, as: 'AmazonEKSClusterAdminPolicy' }, child)
    letIn(`${name}-sweeper`, args, cluster.name, { who: args.sweeperRoleArn, as: 'AmazonEKSViewPolicy' }, child)
    const issuer = cluster.identities.apply(([identity]) => identity?.oidcs?.[0]?.issuer ?? '')
    new ClusterNodes(
      `${name}-nodes`,
      { at, clusterName: cluster.name, version: args.version, issuer, subnetIds, keyArn, size: args.size },
      child,
    )
    this.name = cluster.name
    this.endpoint = cluster.endpoint
    this.securityGroupId = cluster.vpcConfig.clusterSecurityGroupId
    this.registerOutputs({ name: this.name, endpoint: this.endpoint })
  }
}

function letIn(
  name: string,
  { at }: { at: Place },
  clusterName: Output<string>,
  { who, as }: { who: string; as: string },
  child: { parent: ComponentResource },
): void {
  const entry = new AccessEntry(
    name,
    { region: at.region, clusterName, principalArn: who, type: 'STANDARD', tags: at.tags('access') },
    child,
  )
  new AccessPolicyAssociation(
    `${name}-policy`,
    {
      region: at.region,
      clusterName,
      principalArn: who,
      policyArn: `arn:${at.partition}:eks::aws:cluster-access-policy/${as}`,
      accessScope: { type: 'cluster' },
    },
    { ...child, dependsOn: [entry] },
  )
}
