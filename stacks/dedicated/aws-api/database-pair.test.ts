import { expect, test } from 'vitest'
import { pairOf, stateOf, type DatabaseState } from './database-pair.ts'

const primary: DatabaseState = {
  region: 'eu-central-1',
  id: 'steward-acme-first',
  status: 'available',
  role: 'primary',
  endpoint: 'a:5432',
  version: '17.2',
  zone: 'eu-central-1a',
  standbyZone: 'eu-central-1b',
  replication: null,
  lagSeconds: null,
}
const replica: DatabaseState = {
  ...primary,
  region: 'eu-west-1',
  id: 'steward-acme-second',
  role: 'replica',
  standbyZone: null,
}

test.each([
  ['replicating', [primary, replica]],
  ['replicating', [primary, { ...replica, replication: 'replicating' }]],
  ['stopped', [primary, { ...replica, replication: 'error' }]],
  ['stopped', [replica, replica]],
  ['split', [primary, { ...replica, role: 'primary' as const }]],
  ['alone', [primary]],
  ['gone', []],
])('a pair is %s', (condition, databases) => {
  expect(pairOf(databases).condition).toBe(condition)
})

test('roles do not depend on the order, nor on what the databases are called', () => {
  const swapped = pairOf([
    { ...primary, role: 'replica' },
    { ...replica, role: 'primary' },
  ])
  expect(swapped).toMatchObject({ primary: { id: 'steward-acme-second' }, replica: { id: 'steward-acme-first' } })
})

test('AWS’s record is read with what it leaves out', () => {
  expect(stateOf({}, { region: 'eu-west-1', id: 'x' })).toEqual({
    region: 'eu-west-1',
    id: 'x',
    status: 'unknown',
    role: 'primary',
    endpoint: null,
    version: 'unknown',
    zone: null,
    standbyZone: null,
    replication: null,
    lagSeconds: null,
  })
  const behind = stateOf(
    {
      ReadReplicaSourceDBInstanceIdentifier: 'arn:aws:rds:eu-central-1:1:db:steward-acme-first',
      StatusInfos: [{ StatusType: 'read replication', Normal: false, Status: 'error' }],
    },
    { region: 'eu-west-1', id: 'x' },
  )
  expect(behind).toMatchObject({ role: 'replica', replication: 'error' })
})
