import { beforeEach, expect, test } from 'vitest'
import { CreateDBInstanceCommand } from '@aws-sdk/client-rds'
import { CreateUserCommand, CreateAccessKeyCommand } from '@aws-sdk/client-iam'
import { motoClients } from '../../../test/support/moto/moto.ts'
import { motoSuite } from '../../../test/support/moto/moto-suite.ts'
import { freePort } from '../../../test/support/postgres.ts'
import { awsClients } from './aws-clients.ts'
import { awaitAws, type AwsLink } from './aws-link.ts'
import { describeDatabase } from './database-pair.ts'
import { sweepAws } from './sweep/sweep.ts'

const DATABASE = { region: 'eu-central-1', id: 'steward-acme-first' }
const LINK: AwsLink = { signal: new AbortController().signal }
const DESCRIBE = /Action=DescribeDBInstances/

const its = motoSuite()
beforeEach(async () => {
  await its.moto.clients.in(DATABASE.region).rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: DATABASE.id,
      DBInstanceClass: 'db.m7g.large',
      Engine: 'postgres',
      MasterUsername: 'steward_admin',
      MasterUserPassword: 'only-the-beginning',
      AllocatedStorage: 100,
    }),
  )
})

test.each([
  ['throttled', { status: 400, code: 'Throttling' }],
  ['failed at', { status: 500, code: 'InternalFailure' }],
  ['cut off', 'cut' as const],
])('a call that is %s three times is tried again, after pauses that differ', async (_, mishap) => {
  its.between.fail(DESCRIBE, mishap, 3)
  expect(await describeDatabase(its.clients, DATABASE, LINK)).toMatchObject(DATABASE)
  expect(its.between.count(DESCRIBE)).toBe(4)
})

test.each([
  ['aws.throttled', true, { status: 400, code: 'ThrottlingException' }],
  ['aws.failed', true, { status: 503, code: 'ServiceUnavailable' }],
  ['aws.forbidden', false, { status: 403, code: 'AccessDenied' }],
  ['aws.unauthenticated', false, { status: 403, code: 'ExpiredToken' }],
  ['aws.limit-exceeded', false, { status: 400, code: 'InstanceQuotaExceeded' }],
  ['aws.busy', true, { status: 400, code: 'InvalidDBInstanceState' }],
  ['aws.refused', false, { status: 400, code: 'InvalidParameterValue' }],
])('%s is a code of its own', async (code, retryable, mishap) => {
  const hasty = motoClients(its.between.url, 2)
  its.between.fail(DESCRIBE, { ...mishap, message: 'as AWS says' }, 9)
  await expect(describeDatabase(hasty, DATABASE, LINK)).rejects.toMatchObject({
    code,
    retryable,
    // the SDK ends some names with a word of its own
    detail: expect.stringContaining(`describe database steward-acme-first: as AWS says (${mishap.code}`) as string,
  })
  expect(its.between.count(DESCRIBE)).toBe(retryable && code !== 'aws.busy' ? 2 : 1) // what will not change is not asked again
  hasty.close()
})

test('nobody at the address is said to be unreachable', async () => {
  const nowhere = motoClients(`http://127.0.0.1:${await freePort()}`, 2)
  await expect(describeDatabase(nowhere, DATABASE, LINK)).rejects.toMatchObject({
    code: 'aws.unreachable',
    retryable: true,
  })
  nowhere.close()
})

test('a caller that stops waiting is let go with its own reason, whatever AWS does', async () => {
  its.between.fail(DESCRIBE, 'silent')
  const stop = new AbortController()
  const asking = describeDatabase(its.clients, DATABASE, { signal: stop.signal })
  asking.catch(() => {})
  while (its.between.count(DESCRIBE) === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  stop.abort(new Error('the operation is cancelled'))
  await expect(asking).rejects.toThrow('the operation is cancelled')
  const late = describeDatabase(its.clients, DATABASE, { signal: stop.signal })
  await expect(late).rejects.toThrow('the operation is cancelled')
  expect(its.between.count(DESCRIBE)).toBe(1)
})

test('a credential without the right is refused by AWS itself', async () => {
  const { iam } = its.moto.clients.in(DATABASE.region)
  await iam.send(new CreateUserCommand({ UserName: 'nobody' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'nobody' }))
  const nobody = awsClients({
    endpoint: its.moto.url,
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  })
  try {
    await its.moto.requireRightsAfter(0)
    await expect(describeDatabase(nobody, DATABASE, LINK)).rejects.toMatchObject({ code: 'aws.forbidden' })
    const unknown = awsClients({
      endpoint: its.moto.url,
      credentials: { accessKeyId: 'unheard', secretAccessKey: 'of' },
    })
    await expect(describeDatabase(unknown, DATABASE, LINK)).rejects.toMatchObject({ code: 'aws.unauthenticated' })
    unknown.close()
  } finally {
    nobody.close()
    await its.moto.requireRightsAfter(1_000_000_000)
  }
})

test.each([
  ['tags', /GetResources/],
  ['clusters', /GET \/clusters/],
  ['logs', /DescribeLogGroups/],
  ['keys', /ListAliases/],
  ['automated backups', /DescribeDBInstanceAutomatedBackups/],
  ['vaults', /GET \/backup-vaults/],
  ['secrets', /ListSecrets/],
  ['roles', /Action=ListRoles/],
  ['policies', /Action=ListPolicies/],
  ['issuers', /Action=ListOpenIDConnectProviders/],
])('a sweep that cannot see %s says nothing about what is left', async (_, call) => {
  its.between.fail(call, { status: 403, code: 'AccessDeniedException' })
  await expect(sweepAws(its.clients, { tenant: 'acme', regions: ['eu-central-1'] }, LINK)).rejects.toMatchObject({
    code: 'aws.forbidden',
  })
  expect(its.between.count(call)).toBeGreaterThan(0)
})

test('who waits hears each change once, and of the last one when it takes too long', async () => {
  const heard: string[] = []
  const words = ['creating, 0 %', 'creating, 0 %', 'creating, 40 %']
  const looks = words.values()
  const link: AwsLink = { ...LINK, onEvent: ({ message }) => heard.push(message) }
  const waiting = awaitAws('snapshot x', link, { everyMs: 1, withinMs: 50 }, async () => ({
    seen: looks.next().value ?? 'creating, 40 %',
  }))
  await expect(waiting).rejects.toMatchObject({
    code: 'aws.stalled',
    detail: expect.stringContaining('creating, 40 %') as string,
  })
  expect(heard).toEqual(['snapshot x: creating, 0 %', 'snapshot x: creating, 40 %'])
})
