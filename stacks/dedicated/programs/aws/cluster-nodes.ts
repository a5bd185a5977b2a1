import { LaunchTemplate } from '@pulumi/aws/ec2/launchTemplate.js'
import { Addon } from '@pulumi/aws/eks/addon.js'
import { NodeGroup } from '@pulumi/aws/eks/nodeGroup.js'
import { OpenIdConnectProvider } from '@pulumi/aws/iam/openIdConnectProvider.js'
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from '@pulumi/pulumi'
import { serviceRole } from './cluster-roles.ts'
import type { Place } from './place.ts'
import { assumedByAnonymously, policyDocument } from './policy-document.ts'
import type { AwsSize } from './sizes.ts'

export type ClusterNodesArgs = {
  at: Place
  clusterName: Output<string>
  version: string
  /** Address of the cluster's issuer of tokens, `https://…`. */
  issuer: Output<string>
  subnetIds: Input<string>[]
  keyArn: Input<string>
  size: AwsSize['nodes']
}

/** The nodes of a cluster and what runs on each of them: network, names, proxy; service accounts take on roles through OIDC. */
export class ClusterNodes extends ComponentResource {
  constructor(name: string, args: ClusterNodesArgs, options?: ComponentResourceOptions) {
    super('steward:aws:ClusterNodes', name, {}, options)
    const { at } = args
    const child = { parent: this }
    const network = networkAddon(name, args, child)
    const role = serviceRole(
      `${name}-role`,
      {
        at,
        part: 'nodes',
        trust: assumedByAnonymously('ec2.amazonaws.com'),
        // none for the network: only its own service account has those rights, not every pod that reaches the node's credentials
        managed: ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly'],
      },
      child,
    )
    const template = launchTemplate(name, args, child)
    const { least, most, instanceType } = args.size
    const group = new NodeGroup(
      `${name}-group`,
      {
        region: at.region,
        clusterName: args.clusterName,
        nodeGroupName: at.name('nodes'),
        nodeRoleArn: role.arn,
        subnetIds: args.subnetIds,
        version: args.version,
        amiType: 'AL2023_x86_64_STANDARD',
        instanceTypes: [instanceType],
        launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
        scalingConfig: { minSize: least, maxSize: most, desiredSize: least },
        updateConfig: { maxUnavailable: 1 },
        tags: at.tags('nodes'),
      },
      // how many there are is the autoscaler's, between the bounds
      { ...child, ignoreChanges: ['scalingConfig.desiredSize'], dependsOn: [network, ...role.attached] },
    )
    addon(`${name}-proxy`, args, { addonName: 'kube-proxy' }, { ...child, dependsOn: [group] })
    addon(`${name}-names`, args, { addonName: 'coredns' }, { ...child, dependsOn: [group] })
    this.registerOutputs({})
  }
}

/** The network plugin, with policies enforced, under a role that only its service account can take on. There before any node. */
function networkAddon(name: string, args: ClusterNodesArgs, child: { parent: ComponentResource }): Addon {
  const { at, issuer } = args
  const accounts = new OpenIdConnectProvider(
    `${name}-accounts`,
    { url: issuer, clientIdLists: ['sts.amazonaws.com'], tags: at.tags('accounts') },
    child,
  )
  const trust = all([accounts.arn, issuer]).apply(([arn, url]) => {
    const subject = url.replace('https://', '')
    return policyDocument({
      Sid: 'ServiceAccount',
      Effect: 'Allow',
      Principal: { Federated: arn },
      Action: ['sts:AssumeRoleWithWebIdentity'],
      Condition: {
        StringEquals: {
          [`${subject}:aud`]: 'sts.amazonaws.com',
          [`${subject}:sub`]: 'system:serviceaccount:kube-system:aws-node',
        },
      },
    })
  })
  const role = serviceRole(
    `${name}-network-role`,
    { at, part: 'pod-network', trust, managed: ['AmazonEKS_CNI_Policy'] },
    child,
  )
  const settings = {
    addonName: 'vpc-cni',
    serviceAccountRoleArn: role.arn,
    configurationValues: JSON.stringify({ enableNetworkPolicy: 'true' }),
  }
  return addon(`${name}-network`, args, settings, { ...child, dependsOn: role.attached })
}

const addon = (
  name: string,
  { at, clusterName }: ClusterNodesArgs,
  settings: { addonName: string; serviceAccountRoleArn?: Output<string>; configurationValues?: string },
  options: { parent: ComponentResource; dependsOn: Resource[] },
): Addon =>
  new Addon(
    name,
    {
      region: at.region,
      clusterName,
      ...settings,
      resolveConflictsOnCreate: 'OVERWRITE',
      resolveConflictsOnUpdate: 'OVERWRITE',
      tags: at.tags(settings.addonName),
    },
    options,
  )

/** How a node is made: credentials only by session tokens and out of reach of pods, its disk encrypted with the tenant's key. */
function launchTemplate(
  name: string,
  { at, keyArn, size }: ClusterNodesArgs,
  child: { parent: ComponentResource },
): LaunchTemplate {
  const tags = at.tags('node')
  return new LaunchTemplate(
    `${name}-template`,
    {
      region: at.region,
      name: at.name('node'),
      updateDefaultVersion: true,
      metadataOptions: { httpEndpoint: 'enabled', httpTokens: 'required', httpPutResponseHopLimit: 1 },
      blockDeviceMappings: [
        {
          deviceName: '/dev/xvda',
          ebs: {
            volumeType: 'gp3',
            volumeSize: size.diskGib,
            encrypted: 'true',
            kmsKeyId: keyArn,
            deleteOnTermination: 'true',
          },
        },
      ],
      monitoring: { enabled: true },
      // what instances are made of is not made by the program, and would carry no tag of the tenant
      tagSpecifications: ['instance', 'volume', 'network-interface'].map((resourceType) => ({ resourceType, tags })),
      tags,
    },
    child,
  )
}
