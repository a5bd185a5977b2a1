import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { CreateDBInstanceCommand, CreateDBInstanceReadReplicaCommand } from '@aws-sdk/client-rds'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { MOTO_ACCOUNT, startMoto, type Moto } from '../../../test/support/moto/moto.ts'
import type { AwsLink } from './aws-link.ts'
import { describePair, type DatabaseAddress } from './database-pair.ts'
import { deleteSnapshot, describeSnapshot, takeSnapshot } from './snapshots.ts'

const FIRST: DatabaseAddress = { region: 'eu-central-1', id: 'steward-acme-first' }
const SECOND: DatabaseAddress = { region: 'eu-west-1', id: 'steward-acme-second' }
const PAIR = [FIRST, SECOND] as const
const PATIENCE = { everyMs: 20, withinMs: 10_000 }
const link = (events: string[] = []): AwsLink => ({
  signal: new AbortController().signal,
  onEvent: ({ message }) => events.push(message),
})

let moto: Moto
beforeAll(async () => {
  moto = await startMoto()
})
afterAll(() => moto.stop())
beforeEach(() => moto.reset())

const rds = ({ region }: DatabaseAddress) => moto.clients.in(region).rds

const makePrimary = (at: DatabaseAddress) =>
  rds(at).send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: at.id,
      DBInstanceClass: 'db.m7g.large',
      Engine: 'postgres',
      EngineVersion: '17.2',
      MasterUsername: 'steward_admin',
      MasterUserPassword: 'only-the-beginning',
      AllocatedStorage: 100,
      MultiAZ: true,
      StorageEncrypted: true,
    }),
  )
/** The pair as the program makes it. */
async function makePair(): Promise<void> {
  await makePrimary(FIRST)
  await rds(SECOND).send(
    new CreateDBInstanceReadReplicaCommand({
      DBInstanceIdentifier: SECOND.id,
      SourceDBInstanceIdentifier: `arn:aws:rds:${FIRST.region}:${MOTO_ACCOUNT}:db:${FIRST.id}`,
    }),
  )
}

const putLag = (seconds: number) =>
  moto.clients.in(SECOND.region).metrics.send(
    new PutMetricDataCommand({
      Namespace: 'AWS/RDS',
      MetricData: [
        {
          MetricName: 'ReplicaLag',
          Dimensions: [{ Name: 'DBInstanceIdentifier', Value: SECOND.id }],
          Timestamp: new Date(),
          Value: seconds,
        },
      ],
    }),
  )

test('a pair is described with roles and lag', async () => {
  await makePair()
  await putLag(3)
  const pair = await describePair(moto.clients, PAIR, link())
  expect(pair.condition).toBe('replicating')
  expect(pair.primary).toMatchObject({
    ...FIRST,
    role: 'primary',
    status: 'available',
    version: '17.2',
    lagSeconds: null,
  })
  expect(pair.replica).toMatchObject({ ...SECOND, role: 'replica', lagSeconds: 3 })
  expect(pair.primary?.endpoint).toMatch(/^steward-acme-first\..*:5432$/)
})

test('a lag that nobody has measured is not zero', async () => {
  await makePair()
  const { replica } = await describePair(moto.clients, PAIR, link())
  expect(replica?.lagSeconds).toBeNull()
})

test('a replica that does not follow says so by a lag of -1, which is no lag', async () => {
  await makePair()
  await putLag(-1)
  const { replica } = await describePair(moto.clients, PAIR, link())
  expect(replica?.lagSeconds).toBeNull()
})

test('of two primaries, as after a failover, neither is called the right one', async () => {
  await makePrimary(FIRST)
  await makePrimary(SECOND) // moto goes on calling a promoted replica one
  const pair = await describePair(moto.clients, PAIR, link())
  expect(pair).toMatchObject({ condition: 'split', primary: null, replica: null })
  expect(pair.databases.map(({ role }) => role)).toEqual(['primary', 'primary'])
})

test('what is gone is missed, and is no error', async () => {
  expect(await describePair(moto.clients, PAIR, link())).toMatchObject({ condition: 'gone', databases: [] })
  await makePrimary(FIRST)
  expect(await describePair(moto.clients, PAIR, link())).toMatchObject({ condition: 'alone', replica: null })
})

const SNAPSHOT = { region: FIRST.region, id: 'steward-acme-before-move' }
const NEW = { database: FIRST, id: SNAPSHOT.id, tags: { 'steward:tenant': 'acme' } }

test('a snapshot is taken, found again when it is asked for once more, and deleted', async () => {
  await makePair()
  const taken = await takeSnapshot(moto.clients, NEW, link(), PATIENCE)
  expect(taken).toMatchObject({ ...SNAPSHOT, database: FIRST.id, status: 'available', encrypted: true })
  const again = await takeSnapshot(moto.clients, NEW, link(), PATIENCE)
  expect(again.createdAt).toEqual(taken.createdAt)
  await deleteSnapshot(moto.clients, SNAPSHOT, link(), PATIENCE)
  expect(await describeSnapshot(moto.clients, SNAPSHOT, link())).toBeUndefined()
  await deleteSnapshot(moto.clients, SNAPSHOT, link(), PATIENCE) // gone already
})

test('a snapshot of the same name of another database is not ours', async () => {
  await makePair()
  await takeSnapshot(moto.clients, NEW, link(), PATIENCE)
  const other = { ...NEW, database: { ...FIRST, id: 'steward-globex-first' } }
  await expect(takeSnapshot(moto.clients, other, link(), PATIENCE)).rejects.toMatchObject({ code: 'aws.foreign' })
  expect(await describeSnapshot(moto.clients, SNAPSHOT, link())).toMatchObject({ database: FIRST.id })
})

test('a snapshot of a database that is not there is refused, and none is made', async () => {
  await expect(takeSnapshot(moto.clients, NEW, link(), PATIENCE)).rejects.toMatchObject({ code: 'aws.not-found' })
  expect(await describeSnapshot(moto.clients, SNAPSHOT, link())).toBeUndefined()
})
