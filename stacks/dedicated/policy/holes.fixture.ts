import type { RegisteredResource } from './registered.ts'

type Inputs = Readonly<Record<string, unknown>>
/** One planted fault: which rule must see it, and what is done to the stack that the real program registers. */
export type Hole = {
  rule: string
  what: string
  kind: string
  where?: (inputs: Inputs) => boolean
  inputs?: (before: Inputs) => Inputs
  unprotected?: true
  gone?: true
  added?: Pick<RegisteredResource, 'type' | 'inputs'>
}

const DATABASE = 'aws:rds/instance:Instance'
const CLUSTER = 'aws:eks/cluster:Cluster'
const TEMPLATE = 'aws:ec2/launchTemplate:LaunchTemplate'
const ROLE = 'aws:iam/role:Role'
const KEY = 'aws:kms/key:Key'
const PLAN = 'aws:backup/plan:Plan'
const VAULT = 'aws:backup/vault:Vault'
const INGRESS = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule'
const PROVIDER = 'pulumi:providers:aws'

const isReplica = ({ replicateSourceDb }: Inputs) => replicateSourceDb !== undefined
const isPrimary = (inputs: Inputs) => !isReplica(inputs)
const isFederated = ({ assumeRolePolicy }: Inputs) => String(assumeRolePolicy).includes('Federated')
const inFirst = ({ region }: Inputs) => region === 'eu-central-1'
const inSecond = ({ region }: Inputs) => region === 'eu-west-1'

const set = (rule: string, what: string, kind: string, values: Inputs, where?: Hole['where']): Hole => ({
  rule,
  what,
  kind,
  inputs: () => values,
  ...(where ? { where } : {}),
})
const without = (rule: string, what: string, kind: string, where?: Hole['where']): Hole => ({
  rule,
  what,
  kind,
  gone: true,
  ...(where ? { where } : {}),
})
/** A policy document with other text in it. */
const rewritten = (
  rule: string,
  what: string,
  kind: string,
  property: string,
  from: string,
  to: string,
  where?: Hole['where'],
): Hole => ({
  rule,
  what,
  kind,
  inputs: (before) => ({ [property]: String(before[property]).replaceAll(from, to) }),
  ...(where ? { where } : {}),
})
type Rule = Record<string, unknown>
const rule0 = ({ rules }: Inputs): Rule => (rules as Rule[])[0] ?? {}

const common: Hole[] = [
  set('region.pinned', 'a region outside the residency', 'aws:ec2/eip:Eip', { region: 'us-east-1' }),
  set('region.pinned', 'no region at all', 'aws:eks/addon:Addon', { region: undefined }),
  set('account.pinned', 'any account', PROVIDER, { allowedAccountIds: undefined }),
  set('account.pinned', 'another account beside', PROVIDER, { allowedAccountIds: '["123456789012","999999999999"]' }),
  set('provider.pinned', 'a provider of another region', PROVIDER, { region: 'us-east-1' }),
  without('provider.pinned', 'no provider of its own', PROVIDER),
  set('tags.complete', 'no tags', 'aws:ec2/subnet:Subnet', { tags: undefined }),
  {
    rule: 'tags.complete',
    what: 'one tag missing',
    kind: VAULT,
    inputs: ({ tags }) => ({ tags: { ...(tags as object), 'steward:unit': undefined } }),
  },
  {
    rule: 'tags.complete',
    what: 'another tenant',
    kind: KEY,
    inputs: ({ tags }) => ({ tags: { ...(tags as object), 'steward:tenant': 'globex' } }),
  },
  ...[DATABASE, KEY, VAULT].map((kind): Hole => ({
    rule: 'protection.kept',
    what: `an unprotected ${kind}`,
    kind,
    unprotected: true,
  })),
  {
    rule: 'kind.known',
    what: 'a kind that no rule knows',
    kind: '',
    added: { type: 'aws:s3/bucket:Bucket', inputs: {} },
  },
]

const database: Hole[] = [
  set('database.private', 'a public database', DATABASE, { publiclyAccessible: true }),
  set('database.private', 'a public replica', DATABASE, { publiclyAccessible: undefined }, isReplica),
  set('database.encrypted', 'no encryption', DATABASE, { storageEncrypted: false }),
  set('database.own-key', 'AWS’s own key', DATABASE, { kmsKeyId: undefined }),
  set('database.undeletable', 'no deletion protection', DATABASE, { deletionProtection: false }),
  set('database.kept', 'snapshots without tags', DATABASE, { copyTagsToSnapshot: undefined }),
  set('database.own-parameters', 'AWS’s own parameters', DATABASE, { parameterGroupName: undefined }),
  set('database.tls', 'no TLS', 'aws:rds/parameterGroup:ParameterGroup', {
    parameters: [
      { name: 'rds.force_ssl', value: '0' },
      { name: 'rds.logical_replication', value: '1' },
    ],
  }),
  set('database.logical-replication', 'no logical replication', 'aws:rds/parameterGroup:ParameterGroup', {
    parameters: [{ name: 'rds.force_ssl', value: '1' }],
  }),
  set('database.insights-encrypted', 'insights under AWS’s key', DATABASE, { performanceInsightsKmsKeyId: undefined }),
  set('database.backups', 'a week of backups', DATABASE, { backupRetentionPeriod: 7 }),
  set('database.backups', 'no backups of the replica', DATABASE, { backupRetentionPeriod: undefined }, isReplica),
  set('database.logs', 'no logs', DATABASE, { enabledCloudwatchLogsExports: [] }),
  set('database.multi-zone', 'one zone', DATABASE, { multiAz: false }, isPrimary),
  set('database.final-snapshot', 'no final snapshot', DATABASE, { skipFinalSnapshot: true }, isPrimary),
  set('database.password-hidden', 'a password in clear', DATABASE, { password: 'swordfish' }, isPrimary),
  without('database.replicated', 'no replica', DATABASE, isReplica),
  set('database.replicated', 'a replica beside its primary', DATABASE, { region: 'eu-central-1' }, isReplica),
  set(
    'database.replicated',
    'two primaries',
    DATABASE,
    { replicateSourceDb: undefined, multiAz: true, skipFinalSnapshot: false, finalSnapshotIdentifier: 'x' },
    isReplica,
  ),
]

const cluster: Hole[] = [
  {
    rule: 'cluster.endpoint',
    what: 'an API server open to everybody',
    kind: CLUSTER,
    inputs: ({ vpcConfig }) => ({ vpcConfig: { ...(vpcConfig as object), publicAccessCidrs: ['0.0.0.0/0'] } }),
  },
  {
    rule: 'cluster.endpoint',
    what: 'an API server open by default',
    kind: CLUSTER,
    inputs: ({ vpcConfig }) => ({ vpcConfig: { ...(vpcConfig as object), publicAccessCidrs: undefined } }),
  },
  {
    rule: 'cluster.endpoint',
    what: 'no private endpoint',
    kind: CLUSTER,
    inputs: ({ vpcConfig }) => ({ vpcConfig: { ...(vpcConfig as object), endpointPrivateAccess: false } }),
  },
  set('cluster.secrets-encrypted', 'secrets in clear', CLUSTER, { encryptionConfig: undefined }),
  set('cluster.logs', 'no audit log', CLUSTER, { enabledClusterLogTypes: ['api'] }),
  set('cluster.access', 'rights for having made it', CLUSTER, {
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: true },
  }),
  set('cluster.access', 'access by a ConfigMap', CLUSTER, {
    accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP', bootstrapClusterCreatorAdminPermissions: false },
  }),
  set(
    'cluster.administrators',
    'another administrator',
    'aws:eks/accessPolicyAssociation:AccessPolicyAssociation',
    { principalArn: 'arn:aws:iam::123456789012:role/intern' },
    ({ policyArn }) => String(policyArn).includes('Admin'),
  ),
  set(
    'cluster.administrators',
    'a sweeper that administers',
    'aws:eks/accessPolicyAssociation:AccessPolicyAssociation',
    { policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy' },
    ({ policyArn }) => String(policyArn).includes('View'),
  ),
  set('cluster.undeletable', 'no deletion protection', CLUSTER, { deletionProtection: undefined }),
  set('nodes.metadata', 'IMDSv1', TEMPLATE, {
    metadataOptions: { httpTokens: 'optional', httpPutResponseHopLimit: 1 },
  }),
  set('nodes.metadata', 'credentials within reach of pods', TEMPLATE, {
    metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 2 },
  }),
  set('nodes.encrypted', 'disks in clear', TEMPLATE, { blockDeviceMappings: [{ ebs: { encrypted: 'false' } }] }),
  set('nodes.encrypted', 'disks as AWS likes', TEMPLATE, { blockDeviceMappings: undefined }),
  set('nodes.private', 'public addresses', TEMPLATE, { networkInterfaces: [{ associatePublicIpAddress: 'true' }] }),
  set('nodes.tagged', 'volumes without a tag', TEMPLATE, { tagSpecifications: [] }),
  set('nodes.own-template', 'AWS’s own template', 'aws:eks/nodeGroup:NodeGroup', { launchTemplate: undefined }),
  set('nodes.no-shell', 'a shell on nodes', 'aws:eks/nodeGroup:NodeGroup', { remoteAccess: { ec2SshKey: 'mine' } }),
]

const network: Hole[] = [
  set('network.open', 'a database open to addresses', INGRESS, {
    referencedSecurityGroupId: undefined,
    cidrIpv4: '0.0.0.0/0',
  }),
  set('network.open', 'addresses beside the group', INGRESS, { cidrIpv6: '::/0' }),
  set('network.every-port', 'every port', INGRESS, { ipProtocol: '-1', fromPort: undefined, toPort: undefined }),
  set('network.every-port', 'a range of ports', INGRESS, { fromPort: 1, toPort: 65535 }),
  set('network.rules-apart', 'a rule inside a group', 'aws:ec2/securityGroup:SecurityGroup', {
    ingress: [{ cidrBlocks: ['0.0.0.0/0'] }],
  }),
  set('network.default-group', 'a default group that lets in', 'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup', {
    ingress: [{ self: true }],
  }),
  set('network.no-public-addresses', 'public addresses', 'aws:ec2/subnet:Subnet', { mapPublicIpOnLaunch: true }),
  set('network.flow-logs-complete', 'only what was refused', 'aws:ec2/flowLog:FlowLog', { trafficType: 'REJECT' }),
  without('network.flow-logs', 'no flow log', 'aws:ec2/flowLog:FlowLog', inSecond),
  without('network.default-group-taken', 'AWS’s default group', 'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup'),
  {
    rule: 'network.zones',
    what: 'databases in one zone',
    kind: 'aws:rds/subnetGroup:SubnetGroup',
    inputs: ({ subnetIds }) => ({ subnetIds: (subnetIds as string[]).slice(0, 1) }),
  },
  {
    rule: 'network.databases-unrouted',
    what: 'a route out of the databases’ network',
    kind: '',
    added: {
      type: 'aws:ec2/route:Route',
      inputs: {
        region: 'eu-central-1',
        routeTableId: 'acme-first-network-database-eu-central-1a-routes-id',
        destinationCidrBlock: '0.0.0.0/0',
        gatewayId: 'x',
      },
    },
  },
  without(
    'network.databases-unrouted',
    'the default route table',
    'aws:ec2/routeTableAssociation:RouteTableAssociation',
    ({ subnetId }) => String(subnetId).includes('database'),
  ),
]

const storage: Hole[] = [
  set('key.rotated', 'a key that never changes', KEY, { enableKeyRotation: false }),
  set('key.deleted-slowly', 'a key gone in a week', KEY, { deletionWindowInDays: 7 }),
  set('key.own-policy', 'AWS’s own policy', KEY, { policy: undefined }),
  set('secret.encrypted', 'AWS’s own key', 'aws:secretsmanager/secret:Secret', { kmsKeyId: undefined }),
  set('secret.recoverable', 'a secret gone at once', 'aws:secretsmanager/secret:Secret', { recoveryWindowInDays: 0 }),
  set('secret.residency', 'a copy outside the residency', 'aws:secretsmanager/secret:Secret', {
    replicas: [{ region: 'us-east-1', kmsKeyId: 'x' }],
  }),
  set('logs.encrypted', 'logs in clear', 'aws:cloudwatch/logGroup:LogGroup', { kmsKeyId: undefined }),
  set('logs.kept', 'logs for a day', 'aws:cloudwatch/logGroup:LogGroup', { retentionInDays: 1 }),
  set('backup.encrypted', 'AWS’s own key', VAULT, { kmsKeyArn: undefined }),
  set('backup.not-forced', 'a vault that goes with its backups', VAULT, { forceDestroy: true }),
  set('backup.locked-long', 'a lock of a day', 'aws:backup/vaultLockConfiguration:VaultLockConfiguration', {
    minRetentionDays: 1,
  }),
  {
    rule: 'backup.kept',
    what: 'backups for a day',
    kind: PLAN,
    inputs: (before) => ({ rules: [{ ...rule0(before), lifecycle: { deleteAfter: 1 } }] }),
  },
  {
    rule: 'backup.copied',
    what: 'no copies',
    kind: PLAN,
    inputs: (before) => ({ rules: [{ ...rule0(before), copyActions: [] }] }),
  },
  {
    rule: 'backup.residency',
    what: 'copies outside the residency',
    kind: PLAN,
    inputs: (before) => ({
      rules: [
        {
          ...rule0(before),
          copyActions: [
            {
              destinationVaultArn: 'arn:aws:backup:us-east-1:123456789012:backup-vault:x',
              lifecycle: { deleteAfter: 35 },
            },
          ],
        },
      ],
    }),
  },
  without('backup.complete', 'no vault in the second region', VAULT, inSecond),
  without('backup.complete', 'no lock', 'aws:backup/vaultLockConfiguration:VaultLockConfiguration', inFirst),
  without('backup.complete', 'nothing selected', 'aws:backup/selection:Selection'),
]

const iam: Hole[] = [
  rewritten(
    'iam.no-wildcards',
    'every action of a service',
    'aws:iam/rolePolicy:RolePolicy',
    'policy',
    'logs:PutLogEvents',
    'logs:*',
  ),
  rewritten('iam.no-wildcards', 'every resource', 'aws:iam/rolePolicy:RolePolicy', 'policy', ':log-stream:*', ':*'),
  set('iam.no-wildcards', 'what is no policy', 'aws:iam/rolePolicy:RolePolicy', { policy: 'nonsense' }),
  rewritten(
    'iam.no-wildcards',
    'all but something',
    'aws:iam/rolePolicy:RolePolicy',
    'policy',
    '"Action"',
    '"NotAction"',
  ),
  rewritten(
    'iam.trust',
    'a role for another account',
    ROLE,
    'assumeRolePolicy',
    '"Service":"vpc-flow-logs.amazonaws.com"',
    '"AWS":"arn:aws:iam::999999999999:root"',
    ({ assumeRolePolicy }) => String(assumeRolePolicy).includes('vpc-flow-logs'),
  ),
  rewritten(
    'iam.trust',
    'a role for every service account',
    ROLE,
    'assumeRolePolicy',
    'system:serviceaccount:kube-system:aws-node',
    'system:serviceaccount:*',
    isFederated,
  ),
  rewritten('iam.trust', 'a role for whoever has a token', ROLE, 'assumeRolePolicy', ':sub"', ':other"', isFederated),
  set('iam.trust', 'a role for everybody', ROLE, {
    assumeRolePolicy: '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}',
  }),
  set('iam.path', 'a role where nobody looks', ROLE, { path: '/' }),
  set('iam.rules-apart', 'rights inside a role', ROLE, {
    managedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'],
  }),
  set('iam.managed-policies', 'an administrator', 'aws:iam/rolePolicyAttachment:RolePolicyAttachment', {
    policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
  }),
  rewritten('key.policy', 'every action on a key', KEY, 'policy', 'kms:Decrypt', 'kms:*'),
  rewritten('key.policy', 'a key for every role', KEY, 'policy', 'role/steward/acme/steward-acme-cluster', 'role/*'),
  rewritten('key.policy', 'a key for every account', KEY, 'policy', 'kms:CallerAccount', 'kms:Nothing'),
]

export const HOLES: readonly Hole[] = [...common, ...database, ...cluster, ...network, ...storage, ...iam]
