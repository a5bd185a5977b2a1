import { CreateBackupVaultCommand, DeleteBackupVaultCommand } from '@aws-sdk/client-backup'
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateClusterCommand, DeleteClusterCommand } from '@aws-sdk/client-eks'
import { CreateOpenIDConnectProviderCommand, CreatePolicyCommand, CreateRoleCommand } from '@aws-sdk/client-iam'
import { CreateAliasCommand, CreateKeyCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms'
import { CreateDBInstanceCommand, CreateDBSnapshotCommand, DeleteDBInstanceCommand } from '@aws-sdk/client-rds'
import { CreateSecretCommand, DeleteSecretCommand } from '@aws-sdk/client-secrets-manager'
import { expect, test } from 'vitest'
import { askEc2 } from '../../../../test/support/moto/moto.ts'
import { motoSuite } from '../../../../test/support/moto/moto-suite.ts'
import type { AwsRegion } from '../aws-clients.ts'
import type { AwsLink } from '../aws-link.ts'
import type { AwsLeftover } from './aws-leftover.ts'
import { sweepAws } from './sweep.ts'

const LINK: AwsLink = { signal: new AbortController().signal }
const FIRST = 'eu-central-1'
const SECOND = 'eu-west-1'
const REGIONS = [FIRST, SECOND] as const

const BACKUPS = /GET \/backup-vaults\/[^/]+\/recovery-points/

const its = motoSuite()

/** What is left, where vaults are empty: moto knows vaults and nothing of what is in them. */
const left = (tenant?: string): Promise<AwsLeftover[]> => {
  its.between.fail(BACKUPS, { json: { RecoveryPoints: [] } }, 1000)
  return sweep(tenant)
}
const sweep = (tenant?: string): Promise<AwsLeftover[]> =>
  sweepAws(its.clients, { regions: REGIONS, ...(tenant === undefined ? {} : { tenant }) }, LINK)
const TAGS = [{ Key: 'steward:tenant', Value: 'acme' }]
const TAG_RECORD = { 'steward:tenant': 'acme' }
const TRUST = JSON.stringify({ Version: '2012-10-17', Statement: [] })

const createDatabase = ({ rds }: AwsRegion, id: string, tags = TAGS) =>
  rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: id,
      DBInstanceClass: 'db.m7g.large',
      Engine: 'postgres',
      MasterUsername: 'steward_admin',
      MasterUserPassword: 'only-the-beginning',
      AllocatedStorage: 100,
      Tags: tags,
    }),
  )
const createCluster = ({ eks }: AwsRegion, tags?: Record<string, string>) =>
  eks.send(
    new CreateClusterCommand({
      name: 'steward-acme',
      roleArn: 'arn:aws:iam::123456789012:role/steward-acme-cluster',
      resourcesVpcConfig: {},
      ...(tags ? { tags } : {}),
    }),
  )
/** An EC2 resource with a tag; moto takes tags at once where AWS does. */
const ec2 = (
  region: string,
  action: string,
  type: string,
  more: Record<string, string> = {},
  key = 'steward:tenant',
  value = 'acme',
) =>
  askEc2(its.moto.url, region, {
    Action: action,
    'TagSpecification.1.ResourceType': type,
    'TagSpecification.1.Tag.1.Key': key,
    'TagSpecification.1.Tag.1.Value': value,
    ...more,
  })

/** One orphan of each kind: what makes it, and as what it is to be found. */
const ORPHANS: readonly [kind: string, where: string, plant: (at: AwsRegion) => Promise<unknown>][] = [
  ['rds:db', FIRST, (at) => createDatabase(at, 'steward-acme-first')],
  ['rds:db', SECOND, (at) => createDatabase(at, 'whatever-it-is-called')],
  [
    'kms:key',
    FIRST,
    ({ kms }) => kms.send(new CreateKeyCommand({ Tags: [{ TagKey: 'steward:tenant', TagValue: 'acme' }] })),
  ],
  ['secretsmanager:secret', FIRST, ({ secrets }) => secrets.send(new CreateSecretCommand({ Name: 'x', Tags: TAGS }))],
  [
    'backup:backup-vault',
    SECOND,
    ({ backup }) => backup.send(new CreateBackupVaultCommand({ BackupVaultName: 'odd', BackupVaultTags: TAG_RECORD })),
  ],
  [
    'backup:backup-vault',
    FIRST,
    ({ backup }) => backup.send(new CreateBackupVaultCommand({ BackupVaultName: 'steward-acme' })),
  ],
  [
    'logs:log-group',
    FIRST,
    ({ logs }) => logs.send(new CreateLogGroupCommand({ logGroupName: '/odd', tags: TAG_RECORD })),
  ],
  [
    'logs:log-group',
    FIRST,
    ({ logs }) => logs.send(new CreateLogGroupCommand({ logGroupName: '/steward/steward-acme/flow' })),
  ],
  [
    'logs:log-group',
    FIRST,
    ({ logs }) => logs.send(new CreateLogGroupCommand({ logGroupName: '/aws/eks/steward-acme/cluster' })),
  ],
  [
    'logs:log-group',
    SECOND,
    ({ logs }) =>
      logs.send(new CreateLogGroupCommand({ logGroupName: '/aws/rds/instance/steward-acme-second/postgresql' })),
  ],
  ['eks:cluster', FIRST, (at) => createCluster(at)],
  [
    'iam:role',
    'global',
    ({ iam }) =>
      iam.send(
        new CreateRoleCommand({
          RoleName: 'steward-acme-nodes',
          Path: '/steward/acme/',
          AssumeRolePolicyDocument: TRUST,
        }),
      ),
  ],
  [
    'iam:policy',
    'global',
    ({ iam }) =>
      iam.send(
        new CreatePolicyCommand({
          PolicyName: 'odd',
          Path: '/steward/acme/',
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: [{ Effect: 'Deny', Action: 's3:*', Resource: '*' }],
          }),
        }),
      ),
  ],
  [
    'iam:oidc-provider',
    'global',
    ({ iam }) =>
      iam.send(
        new CreateOpenIDConnectProviderCommand({
          Url: 'https://oidc.eks.test/id/1',
          ThumbprintList: ['a'.repeat(40)],
          Tags: TAGS,
        }),
      ),
  ],
  ['ec2:vpc', FIRST, () => ec2(FIRST, 'CreateVpc', 'vpc', { CidrBlock: '10.64.0.0/16' })],
  [
    'ec2:security-group',
    SECOND,
    () => ec2(SECOND, 'CreateSecurityGroup', 'security-group', { GroupName: 'odd', GroupDescription: 'odd' }),
  ],
  ['ec2:volume', FIRST, () => ec2(FIRST, 'CreateVolume', 'volume', { AvailabilityZone: 'eu-central-1a', Size: '1' })],
  [
    'ec2:volume',
    FIRST,
    () =>
      ec2(
        FIRST,
        'CreateVolume',
        'volume',
        { AvailabilityZone: 'eu-central-1a', Size: '1' },
        'kubernetes.io/cluster/steward-acme',
        'owned',
      ),
  ],
]

test.each(ORPHANS.map(([kind, where, plant], index) => ({ kind, where, plant, index })))(
  'a planted $kind in $where ($index) is found, alone, and is of nobody else',
  async ({ kind, where, plant }) => {
    expect(await left('acme')).toEqual([])
    await plant(its.moto.clients.in(where === 'global' ? FIRST : where))
    expect(await left('acme')).toEqual([expect.objectContaining({ kind, where, tenant: 'acme' })])
    expect(await left('globex')).toEqual([])
  },
)

test('a name of a key is found without the key’s tag', async () => {
  const { kms } = its.moto.clients.in(FIRST)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/steward-acme', TargetKeyId: KeyMetadata?.KeyId }))
  expect(await left('acme')).toEqual([{ kind: 'kms:alias', name: 'alias/steward-acme', where: FIRST, tenant: 'acme' }])
})

test('a snapshot outlives its database, and is found', async () => {
  const at = its.moto.clients.in(FIRST)
  await createDatabase(at, 'steward-acme-first')
  await at.rds.send(
    new CreateDBSnapshotCommand({
      DBInstanceIdentifier: 'steward-acme-first',
      DBSnapshotIdentifier: 'final',
      Tags: TAGS,
    }),
  )
  await at.rds.send(
    new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'steward-acme-first', SkipFinalSnapshot: true }),
  )
  expect((await left('acme')).map(({ kind }) => kind)).toEqual(['rds:snapshot'])
})

test('backups that RDS keeps by itself are found', async () => {
  const at = its.moto.clients.in(FIRST)
  await createDatabase(at, 'steward-acme-first')
  await at.rds.send(
    new DeleteDBInstanceCommand({
      DBInstanceIdentifier: 'steward-acme-first',
      SkipFinalSnapshot: true,
      DeleteAutomatedBackups: false,
    }),
  )
  expect((await left('acme')).map(({ kind }) => kind)).toContain('rds:auto-backup')
})

test('what AWS itself will remove is named with the day', async () => {
  const { kms, secrets } = its.moto.clients.in(FIRST)
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ Tags: [{ TagKey: 'steward:tenant', TagValue: 'acme' }] }),
  )
  await kms.send(new ScheduleKeyDeletionCommand({ KeyId: KeyMetadata?.KeyId, PendingWindowInDays: 30 }))
  await secrets.send(new CreateSecretCommand({ Name: 'steward-acme/database', Tags: TAGS }))
  await secrets.send(new DeleteSecretCommand({ SecretId: 'steward-acme/database', RecoveryWindowInDays: 30 }))
  const found = await left('acme')
  expect(found.map(({ kind }) => kind)).toEqual(['kms:key', 'secretsmanager:secret'])
  const days = found.map(({ endsAt }) => ((endsAt?.getTime() ?? 0) - Date.now()) / 86_400_000)
  for (const each of days) expect(each).toBeGreaterThan(28)
})

test('backups in a vault are read to the last page, with the day on which each ends', async () => {
  await its.moto.clients.in(FIRST).backup.send(new CreateBackupVaultCommand({ BackupVaultName: 'steward-acme' }))
  const backup = (name: string, DeleteAt?: number) => ({
    RecoveryPointArn: `arn:aws:rds:${FIRST}:123456789012:snapshot:awsbackup:${name}`,
    ...(DeleteAt ? { CalculatedLifecycle: { DeleteAt } } : {}),
  })
  its.between.fail(BACKUPS, { json: { RecoveryPoints: [backup('a', 4_102_444_800)], NextToken: 'more' } })
  its.between.fail(/recovery-points.*nextToken=more/, { json: { RecoveryPoints: [backup('b')] } })
  const found = await sweep('acme')
  expect(found.map(({ kind, endsAt }) => [kind, endsAt?.getUTCFullYear()])).toEqual([
    ['backup:backup-vault', undefined],
    ['backup:recovery-point', 2100],
    ['backup:recovery-point', undefined],
  ])
})

test('a list that never ends is broken off', async () => {
  await its.moto.clients.in(FIRST).backup.send(new CreateBackupVaultCommand({ BackupVaultName: 'steward-acme' }))
  its.between.fail(BACKUPS, { json: { RecoveryPoints: [], NextToken: 'again' } }, 1000)
  await expect(sweep('acme')).rejects.toMatchObject({ code: 'aws.failed' })
})

test('a vault whose backups cannot be read is not called empty', async () => {
  await its.moto.clients.in(FIRST).backup.send(new CreateBackupVaultCommand({ BackupVaultName: 'steward-acme' }))
  its.between.fail(BACKUPS, { status: 403, code: 'AccessDeniedException' })
  await expect(sweep('acme')).rejects.toMatchObject({ code: 'aws.forbidden' })
})

test('a resource that carries tag and name is named once', async () => {
  const at = its.moto.clients.in(FIRST)
  await at.backup.send(new CreateBackupVaultCommand({ BackupVaultName: 'steward-acme', BackupVaultTags: TAG_RECORD }))
  await at.logs.send(new CreateLogGroupCommand({ logGroupName: '/steward/steward-acme/flow', tags: TAG_RECORD }))
  expect((await left('acme')).map(({ kind }) => kind)).toEqual(['backup:backup-vault', 'logs:log-group'])
})

test('tenants whose slugs begin alike are kept apart', async () => {
  const at = its.moto.clients.in(FIRST)
  await at.backup.send(new CreateBackupVaultCommand({ BackupVaultName: 'steward-acme-labs' }))
  await at.logs.send(new CreateLogGroupCommand({ logGroupName: '/steward/steward-acme-labs/flow' }))
  await at.secrets.send(new CreateSecretCommand({ Name: 'x', Tags: [{ Key: 'steward:tenant', Value: 'acme-labs' }] }))
  expect(await left('acme')).toEqual([])
  expect(await left('acme-labs')).toHaveLength(3)
})

test('without a tenant, everybody’s are found, and nothing that is not ours', async () => {
  const at = its.moto.clients.in(FIRST)
  await createCluster(at, TAG_RECORD)
  await at.secrets.send(new CreateSecretCommand({ Name: 'globex', Tags: [{ Key: 'steward:tenant', Value: 'globex' }] }))
  await at.secrets.send(new CreateSecretCommand({ Name: 'of the company', Tags: [{ Key: 'team', Value: 'acme' }] }))
  await at.backup.send(new CreateBackupVaultCommand({ BackupVaultName: 'nightly' }))
  expect((await left()).map(({ kind, tenant }) => [kind, tenant])).toEqual([
    ['eks:cluster', 'acme'],
    ['secretsmanager:secret', 'globex'],
  ])
})

test('what is removed is found no more', async () => {
  const at = its.moto.clients.in(FIRST)
  await createCluster(at)
  await at.backup.send(new CreateBackupVaultCommand({ BackupVaultName: 'steward-acme' }))
  expect(await left('acme')).toHaveLength(2)
  await at.eks.send(new DeleteClusterCommand({ name: 'steward-acme' }))
  await at.backup.send(new DeleteBackupVaultCommand({ BackupVaultName: 'steward-acme' }))
  expect(await left('acme')).toEqual([])
})

test('more than a page of anything is read to its end', async () => {
  const { secrets, logs } = its.moto.clients.in(SECOND)
  const names = Array.from({ length: 130 }, (_, index) => `orphan-${index}`)
  for (const name of names) {
    await secrets.send(new CreateSecretCommand({ Name: name, Tags: TAGS }))
    await logs.send(new CreateLogGroupCommand({ logGroupName: `/odd/${name}`, tags: TAG_RECORD }))
  }
  const found = await left('acme')
  expect(found.filter(({ kind }) => kind === 'secretsmanager:secret')).toHaveLength(130)
  expect(found.filter(({ kind }) => kind === 'logs:log-group')).toHaveLength(130)
})
