import { isSet, list, mustHave, read, undeletable, type ResourceRule } from './rule.ts'

const CLUSTER = 'aws:eks/cluster:Cluster'
const TEMPLATE = 'aws:ec2/launchTemplate:LaunchTemplate'
const ACCESS = 'aws:eks/accessPolicyAssociation:AccessPolicyAssociation'
const CONTROL_PLANE_LOGS = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler']

export const clusterRules: readonly ResourceRule[] = [
  {
    id: 'cluster.endpoint',
    kinds: [CLUSTER],
    reads: ['vpcConfig'],
    fault: ({ vpcConfig }, { target }) => {
      if (read(vpcConfig, 'endpointPrivateAccess') !== true) return 'the endpoint must be reachable from inside'
      if (read(vpcConfig, 'endpointPublicAccess') === false) return undefined
      const open = list(read(vpcConfig, 'publicAccessCidrs'))
      return open.length > 0 && open.every((network) => target.apiNetworks.includes(String(network)))
        ? undefined
        : `open to ${open.join(', ') || 'everybody'}; only to ${target.apiNetworks.join(', ') || 'nobody'} it may be`
    },
  },
  {
    id: 'cluster.secrets-encrypted',
    kinds: [CLUSTER],
    reads: [],
    fault: ({ encryptionConfig }) =>
      list(read(encryptionConfig, 'resources')).includes('secrets') &&
      isSet(read(encryptionConfig, 'provider', 'keyArn'))
        ? undefined
        : 'secrets must be encrypted with the tenant’s key',
  },
  {
    id: 'cluster.logs',
    kinds: [CLUSTER],
    reads: ['enabledClusterLogTypes'],
    fault: ({ enabledClusterLogTypes: on }) => {
      const off = CONTROL_PLANE_LOGS.filter((log) => !list(on).includes(log))
      return off.length > 0 ? `not logged: ${off.join(', ')}` : undefined
    },
  },
  {
    id: 'cluster.access',
    kinds: [CLUSTER],
    reads: ['accessConfig'],
    fault: ({ accessConfig }) =>
      read(accessConfig, 'authenticationMode') === 'API' &&
      read(accessConfig, 'bootstrapClusterCreatorAdminPermissions') === false
        ? undefined
        : 'access must be given by entries alone, and to nobody for having made the cluster',
  },
  {
    id: 'cluster.administrators',
    kinds: [ACCESS],
    reads: ['policyArn', 'principalArn'],
    fault: ({ policyArn, principalArn }, { target }) => {
      const grants = String(policyArn).split('/').at(-1)
      const allowed =
        grants === 'AmazonEKSClusterAdminPolicy'
          ? principalArn === target.workerRoleArn
          : grants === 'AmazonEKSViewPolicy' && principalArn === target.sweeperRoleArn
      return allowed ? undefined : `${String(principalArn)} must not have ${String(grants)}`
    },
  },
  undeletable('cluster.undeletable', CLUSTER),
  {
    id: 'nodes.metadata',
    kinds: [TEMPLATE],
    reads: ['metadataOptions'],
    fault: ({ metadataOptions }) =>
      read(metadataOptions, 'httpTokens') === 'required' && read(metadataOptions, 'httpPutResponseHopLimit') === 1
        ? undefined
        : 'credentials of nodes only by session tokens (IMDSv2), one hop far',
  },
  {
    id: 'nodes.encrypted',
    kinds: [TEMPLATE],
    reads: [],
    fault: ({ blockDeviceMappings }) => {
      const disks = list(blockDeviceMappings)
      const isEncrypted = (disk: unknown) =>
        String(read(disk, 'ebs', 'encrypted')) === 'true' && isSet(read(disk, 'ebs', 'kmsKeyId'))
      return disks.length > 0 && disks.every(isEncrypted) ? undefined : 'disks must be encrypted with the tenant’s key'
    },
  },
  {
    id: 'nodes.private',
    kinds: [TEMPLATE],
    reads: ['networkInterfaces'],
    fault: ({ networkInterfaces }) =>
      list(networkInterfaces).some((each) => String(read(each, 'associatePublicIpAddress')) === 'true')
        ? 'nodes must not have public addresses'
        : undefined,
  },
  {
    id: 'nodes.tagged',
    kinds: [TEMPLATE],
    reads: ['tagSpecifications'],
    fault: ({ tagSpecifications }, { inputs }) => {
      const missing = ['instance', 'volume', 'network-interface'].filter(
        (made) =>
          !list(tagSpecifications).some(
            (each) => read(each, 'resourceType') === made && read(each, 'tags', 'steward:tenant') === inputs.tenant,
          ),
      )
      return missing.length > 0 ? `${missing.join(', ')} of nodes would carry no tag of the tenant` : undefined
    },
  },
  mustHave('nodes.own-template', ['aws:eks/nodeGroup:NodeGroup'], 'launchTemplate'),
  {
    id: 'nodes.no-shell',
    kinds: ['aws:eks/nodeGroup:NodeGroup'],
    reads: [],
    fault: ({ remoteAccess }) => (isSet(remoteAccess) ? 'nobody may log in to nodes' : undefined),
  },
]
