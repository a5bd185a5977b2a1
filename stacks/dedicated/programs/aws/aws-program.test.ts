import { beforeAll, expect, test } from 'vitest'
import type { RegisteredStack } from '../../../../test/support/register.ts'
import { INPUTS, registeredStack, TARGET } from '../../../../test/support/registered-stack.ts'
import { isSecret, type RegisteredResource } from '../../policy/registered.ts'

let stack: RegisteredStack
beforeAll(async () => {
  stack = await registeredStack()
}, 120_000)

const all = (kind: string): RegisteredResource[] => stack.resources.filter(({ type }) => type.endsWith(`:${kind}`))
const one = (kind: string, region?: string): RegisteredResource['inputs'] => {
  const found = all(kind).filter(({ inputs }) => region === undefined || inputs['region'] === region)
  expect(found).toHaveLength(1)
  return found[0]?.inputs ?? {}
}
const FIRST = 'eu-central-1'
const SECOND = 'eu-west-1'
const inputsOf = (kind: string) => all(kind).map(({ inputs }) => inputs)

test('the primary is encrypted, private, in two zones, kept, and speaks TLS alone', () => {
  const database = one('Instance', FIRST)
  expect(database).toMatchObject({
    engine: 'postgres',
    engineVersion: '17',
    multiAz: true,
    storageEncrypted: true,
    publiclyAccessible: false,
    deletionProtection: true,
    deleteAutomatedBackups: false,
    copyTagsToSnapshot: true,
    skipFinalSnapshot: false,
    finalSnapshotIdentifier: 'steward-acme-final',
    performanceInsightsEnabled: true,
  })
  expect(database['backupRetentionPeriod']).toBeGreaterThanOrEqual(14)
  expect(database['kmsKeyId']).toBe(database['performanceInsightsKmsKeyId'])
  expect(database['kmsKeyId']).toContain(`:kms:${FIRST}:`)
  const group = all('ParameterGroup').find(({ inputs }) => inputs['region'] === FIRST)?.inputs
  expect(database['parameterGroupName']).toBe(group?.['name'])
  expect(group?.['parameters']).toContainEqual(expect.objectContaining({ name: 'rds.force_ssl', value: '1' }))
  expect(group?.['parameters']).toContainEqual(expect.objectContaining({ name: 'rds.logical_replication', value: '1' }))
})

test('the replica is in the second region, under a key of that region, and kept as well', () => {
  const replica = one('Instance', SECOND)
  expect(replica['replicateSourceDb']).toContain(`:rds:${FIRST}:`)
  expect(replica['kmsKeyId']).toContain(`:kms:${SECOND}:`)
  expect(replica).toMatchObject({ storageEncrypted: true, publiclyAccessible: false, deletionProtection: true })
  expect(replica['backupRetentionPeriod']).toBeGreaterThanOrEqual(14)
})

test('the password of the beginning is a secret, another one every time, and none is written into Secrets Manager', () => {
  expect(isSecret(one('Instance', FIRST)['password'])).toBe(true)
  expect(all('SecretVersion')).toEqual([])
  expect(one('Secret')).toMatchObject({ recoveryWindowInDays: 30, replicas: [{ region: SECOND }] })
})

test('databases, keys and vaults are protected, and nothing else is', () => {
  const guarded = stack.resources.filter(({ protect }) => protect).map(({ type }) => type.split(':').at(-1))
  expect(guarded.toSorted()).toEqual(['Instance', 'Instance', 'Key', 'Key', 'Vault', 'Vault'])
})

test('the cluster logs everything, encrypts secrets, and lets nobody in for having made it', () => {
  const cluster = one('Cluster')
  expect(cluster).toMatchObject({
    version: '1.35',
    deletionProtection: true,
    bootstrapSelfManagedAddons: false,
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
    encryptionConfig: { resources: ['secrets'] },
    vpcConfig: { endpointPrivateAccess: true, endpointPublicAccess: true, publicAccessCidrs: ['198.51.100.0/24'] },
  })
  expect(cluster['enabledClusterLogTypes']).toHaveLength(5)
  const access = inputsOf('AccessPolicyAssociation').map(({ principalArn, policyArn }) => [
    principalArn,
    String(policyArn).split('/')[1],
  ])
  expect(access).toEqual([
    [TARGET.workerRoleArn, 'AmazonEKSClusterAdminPolicy'],
    [TARGET.sweeperRoleArn, 'AmazonEKSViewPolicy'],
  ])
})

test('nodes take session tokens one hop far, and their disks, instances and interfaces are encrypted and tagged', () => {
  const template = one('LaunchTemplate')
  expect(template).toMatchObject({
    metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
    blockDeviceMappings: [
      { ebs: { encrypted: 'true', kmsKeyId: expect.stringContaining(':kms:eu-central-1:') as string } },
    ],
  })
  const made = template['tagSpecifications'] as { resourceType: string; tags: Record<string, string> }[]
  expect(made.map(({ resourceType, tags }) => [resourceType, tags['steward:tenant']])).toEqual([
    ['instance', 'acme'],
    ['volume', 'acme'],
    ['network-interface', 'acme'],
  ])
})

test('only the service account of the network plugin takes on its role, and the plugin enforces policies', () => {
  const trusts = inputsOf('Role').map(
    ({ assumeRolePolicy }) => JSON.parse(String(assumeRolePolicy)) as { Statement: unknown[] },
  )
  const federated = trusts.filter((trust) => JSON.stringify(trust).includes('Federated'))
  expect(federated).toHaveLength(1)
  expect(JSON.stringify(federated[0])).toContain('system:serviceaccount:kube-system:aws-node')
  const plugin = inputsOf('Addon').find(({ addonName }) => addonName === 'vpc-cni')
  expect(plugin?.['configurationValues']).toBe('{"enableNetworkPolicy":"true"}')
})

test('networks lie in as many zones as were asked for, none gives out public addresses, and only load balancers and gateways are in public ones', () => {
  const zonesOf = (region: string) =>
    new Set(
      inputsOf('Subnet')
        .filter((each) => each['region'] === region)
        .map((each) => each['availabilityZone']),
    )
  expect([...zonesOf(FIRST)]).toEqual(TARGET.zones)
  expect([...zonesOf(SECOND)]).toEqual(TARGET.replicaZones)
  expect(inputsOf('Subnet').every((each) => each['mapPublicIpOnLaunch'] === false)).toBe(true)
  const publicOnes = all('Subnet').filter(({ inputs }) => 'kubernetes.io/role/elb' in (inputs['tags'] as object))
  expect(publicOnes).toHaveLength(3)
  const used = new Set(
    [...inputsOf('SubnetGroup'), ...inputsOf('NodeGroup')].flatMap(({ subnetIds }) => subnetIds as string[]),
  )
  expect(publicOnes.some(({ id = '' }) => used.has(id))).toBe(false)
  expect(all('NatGateway')).toHaveLength(3)
  expect(all('InternetGateway')).toHaveLength(1) // none in the region of the replica
})

test('networks of one region do not overlap', () => {
  const ranges = inputsOf('Subnet')
    .filter((each) => each['region'] === FIRST)
    .map(({ cidrBlock }) => String(cidrBlock))
    .map((cidr) => {
      const [address = '', prefix = '0'] = cidr.split('/')
      const begin = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
      return { begin, end: begin + 2 ** (32 - Number(prefix)) }
    })
    .toSorted((a, b) => a.begin - b.begin)
  expect(ranges).toHaveLength(9)
  for (const [index, { begin }] of ranges.entries()) expect(begin).toBeGreaterThanOrEqual(ranges[index - 1]?.end ?? 0)
})

test('the database answers pods of the stack on its port, and nobody else', () => {
  expect(inputsOf('SecurityGroupIngressRule')).toEqual([
    expect.objectContaining({
      referencedSecurityGroupId: 'sg-cluster',
      ipProtocol: 'tcp',
      fromPort: 5432,
      toPort: 5432,
    }),
  ])
})

test('everything names its region and carries the tags of the stack', () => {
  for (const { name, type, inputs } of stack.resources.filter((each) => !each.type.startsWith('aws:iam'))) {
    expect([FIRST, SECOND], `${type} ${name}`).toContain(inputs['region'])
  }
  const tags = stack.resources.flatMap(({ inputs }) =>
    inputs['tags'] ? [inputs['tags'] as Record<string, string>] : [],
  )
  expect(tags.length).toBeGreaterThan(60)
  for (const each of tags) {
    expect(each).toMatchObject({
      'steward:tenant': 'acme',
      'steward:unit': 'acme',
      'steward:plan': 'enterprise',
      'steward:residency': 'eu-central-1 eu-west-1',
      'steward:managed-by': 'steward',
    })
  }
})

test('backups are copied into the second region, locked in both', () => {
  expect(inputsOf('Vault').map(({ region }) => region)).toEqual([FIRST, SECOND])
  expect(inputsOf('VaultLockConfiguration').map(({ region }) => region)).toEqual([FIRST, SECOND])
  const [rule] = one('Plan')['rules'] as { copyActions: { destinationVaultArn: string }[] }[]
  expect(rule?.copyActions[0]?.destinationVaultArn).toContain(`:backup:${SECOND}:`)
  expect(one('Selection')['resources']).toEqual([expect.stringContaining(':rds:eu-central-1:')])
})

test('a stack that is to go is the same without its guards', async () => {
  const { resources } = await registeredStack(INPUTS, TARGET, true)
  expect(resources.filter(({ protect }) => protect)).toEqual([])
  const guards = resources.filter(({ inputs }) => inputs['deletionProtection'] !== undefined)
  expect(guards.map(({ inputs }) => inputs['deletionProtection'])).toEqual([false, false, false])
  const names = (of: RegisteredResource[]) => of.map(({ type, name }) => `${type} ${name}`)
  const gone = names(stack.resources).filter((each) => !names(resources).includes(each))
  expect(gone).toEqual([
    expect.stringContaining('acme-backups-first-lock'),
    expect.stringContaining('acme-backups-second-lock'),
  ])
  const databases = resources.filter(({ type }) => type === 'aws:rds/instance:Instance')
  expect(databases[0]?.inputs).toMatchObject({
    skipFinalSnapshot: false,
    storageEncrypted: true,
    publiclyAccessible: false,
  })
})

test('the key is used by services, by the cluster and by nobody else', () => {
  const { Statement } = JSON.parse(String(one('Key', FIRST)['policy'])) as {
    Statement: { Sid: string; Condition?: object }[]
  }
  const open = Statement.filter(({ Sid }) => Sid !== 'Administer')
  expect(open.every(({ Condition }) => Condition !== undefined)).toBe(true)
  expect(open.find(({ Sid }) => Sid === 'Cluster')?.Condition).toMatchObject({
    ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/steward/acme/steward-acme-cluster' },
  })
  expect(JSON.stringify(open.find(({ Sid }) => Sid === 'Logs'))).toContain('log-group:/aws/eks/steward-acme/cluster')
})

test('a network that nobody may reach the API from closes its endpoint', async () => {
  const { resources } = await registeredStack(INPUTS, { ...TARGET, apiNetworks: [] })
  const cluster = resources.find(({ type }) => type === 'aws:eks/cluster:Cluster')
  expect(cluster?.inputs['vpcConfig']).toMatchObject({ endpointPrivateAccess: true, endpointPublicAccess: false })
})

test('the outputs are those of every stack, and no secret is among them', () => {
  expect(stack.outputs).toEqual({
    cluster: 'steward-acme',
    clusterEndpoint: 'https://steward-acme.eks.test',
    databasePrimary: 'steward-acme-first.rds.test:5432',
    databaseStandby: 'steward-acme-second.rds.test:5432',
    databaseSecret: expect.stringContaining('steward-acme/database') as string,
    key: expect.stringContaining(':kms:eu-central-1:') as string,
    backupStore: expect.stringContaining(':backup:eu-central-1:') as string,
  })
})

test.each([
  ['one zone', {}, { zones: ['eu-central-1a'] }, '/target/zones'],
  ['the same zone twice', {}, { zones: ['eu-central-1a', 'eu-central-1a'] }, '/target/zones'],
  ['a zone of another region', {}, { zones: ['eu-central-1a', 'us-east-1a'] }, '/target/zones'],
  ['five zones', {}, { zones: ['a', 'b', 'c', 'd', 'e'].map((zone) => `eu-central-1${zone}`) }, '/target/zones'],
  ['a replica in one zone', {}, { replicaZones: ['eu-west-1a'] }, '/target/replicaZones'],
  [
    'a replica outside the residency',
    {},
    { replicaRegion: 'us-east-1', replicaZones: ['us-east-1a', 'us-east-1b'] },
    '/target/replicaRegion',
  ],
  [
    'a replica in the same region',
    {},
    { replicaRegion: 'eu-central-1', replicaZones: ['eu-central-1a', 'eu-central-1b'] },
    '/target/replicaRegion',
  ],
  ['an unknown size', { size: 'huge' as never }, {}, '/size'],
  ['a region outside the residency', { residency: ['eu-west-1'] }, {}, '/region'],
  ['a region that is none', { region: 'mars' }, {}, '/region'],
  ['a residency that is none', { residency: ['eu-central-1', 'eu-west-1', 'europe'] }, {}, '/residency'],
  ['a tenant that is no slug', { tenant: 'Acme Ltd' }, {}, '/tenant'],
  ['a patch version of Kubernetes', { versions: { kubernetes: '1.35.4', postgres: '17' } }, {}, '/versions/kubernetes'],
  ['an old PostgreSQL', { versions: { kubernetes: '1.35', postgres: '12' } }, {}, '/versions/postgres'],
  ['an account that is none', {}, { account: '42' }, '/target/account'],
  ['an API server open to everybody', {}, { apiNetworks: ['0.0.0.0/0'] }, '/target/apiNetworks'],
  ['a network that is none', {}, { apiNetworks: ['office'] }, '/target/apiNetworks'],
  ['a role of another account', {}, { workerRoleArn: 'arn:aws:iam::999999999999:role/x' }, '/target/workerRoleArn'],
  ['a sweeper that destroys', {}, { sweeperRoleArn: TARGET.workerRoleArn }, '/target/sweeperRoleArn'],
])('%s is refused by name before any resource', async (_, inputs, target, pointer) => {
  const { awsProgram } = await import('./aws-program.ts')
  // without mocks or an engine: a resource could not even be begun
  const refused = () => awsProgram({ target: { ...TARGET, ...target } })({ ...INPUTS, ...inputs })
  expect(refused).toThrowError(
    expect.objectContaining({
      code: 'stack.invalid',
      fields: expect.arrayContaining([expect.objectContaining({ pointer })]) as unknown,
    }),
  )
})
