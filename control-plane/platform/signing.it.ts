import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../test/support/database.ts'
import { withClient } from '../../test/support/postgres.ts'
import { trustedKeys } from '../proof/signatures.ts'
import { systemClock } from './clock.ts'
import { openDatabase, type Database } from './database.ts'
import { createSigning } from './signing.ts'

const key = randomBytes(32)
const bytes = Buffer.from('measured: 41 s')
const process = (sealing = key) => createSigning({ key: sealing, clock: systemClock })
let database: TestDatabase
let operator: Database
let worker: Database
beforeEach(async () => {
  database = await testDatabase()
  const open = (role: 'steward_operator' | 'steward_worker') =>
    openDatabase({ url: database.url(role), applicationName: 'test' })
  ;[operator, worker] = [open('steward_operator'), open('steward_worker')]
})
afterEach(async () => {
  await Promise.all([operator.close(), worker.close()])
  await database.drop()
})

test('what one process signs every other verifies, for its purpose and its bytes only', async () => {
  const signed = await worker.transaction((tx) => process().sign(tx, 'evidence', bytes))
  await operator.transaction(async (tx) => {
    const { verify } = process()
    expect(await verify(tx, 'evidence', bytes, signed)).toBe(true)
    expect(await verify(tx, 'audit', bytes, signed)).toBe(false)
    expect(await verify(tx, 'evidence', Buffer.from('measured: 40 s'), signed)).toBe(false)
    expect(await verify(tx, 'evidence', bytes, { ...signed, keyId: '0'.repeat(32) })).toBe(false)
  })
})

test('twenty processes that sign first share one key', async () => {
  const signed = await Promise.all(
    Array.from({ length: 20 }, () => operator.transaction((tx) => process().sign(tx, 'audit', bytes))),
  )
  expect(new Set(signed.map(({ keyId }) => keyId)).size).toBe(1)
})

test('after rotations, also at once, old signatures verify and the first key vouches for all', async () => {
  const signing = process()
  const signed = await operator.transaction((tx) => signing.sign(tx, 'audit', bytes))
  const rotations = await Promise.all(
    Array.from({ length: 5 }, () => operator.transaction((tx) => process().rotate(tx, 'audit'))),
  )
  expect(rotations.map(({ endorsed }) => endorsed)).toEqual(Array.from({ length: 5 }, () => true))
  await operator.transaction(async (tx) => {
    expect(await signing.verify(tx, 'audit', bytes, signed)).toBe(true)
    const keys = await signing.keys(tx, 'audit')
    expect(keys.map(({ retiredAt }) => retiredAt === null).filter(Boolean)).toHaveLength(1)
    expect(trustedKeys(keys, [signed.keyId]).size).toBe(6)
    expect((await signing.sign(tx, 'audit', bytes)).keyId).not.toBe(signed.keyId)
    expect(await signing.keys(tx, 'evidence')).toEqual([])
  })
})

test('the database alone cannot sign: retired private keys are gone, the current one is sealed', async () => {
  await operator.transaction((tx) => process().sign(tx, 'audit', bytes))
  await operator.transaction((tx) => process().rotate(tx, 'audit'))
  const { rows } = await withClient(database.url(), (client) =>
    client.query('select sealed_private is null as gone from signing_keys order by created_at'),
  )
  expect(rows).toEqual([{ gone: true }, { gone: false }])
  const thief = process(randomBytes(32))
  await expect(operator.transaction(thief.assertOpens)).rejects.toThrow('STEWARD_SEALING_KEY does not open')
  await expect(operator.transaction((tx) => thief.sign(tx, 'audit', bytes))).rejects.toThrow('rotate-signing-keys')
  await operator.transaction(process().assertOpens)
})

test('a key taken from one row does not open in another', async () => {
  await operator.transaction((tx) => process().sign(tx, 'audit', bytes))
  await operator.transaction((tx) => process().sign(tx, 'evidence', bytes))
  await withClient(database.url(), (client) =>
    client.query(`update signing_keys set sealed_private =
      (select sealed_private from signing_keys where purpose = 'evidence') where purpose = 'audit'`),
  )
  await expect(operator.transaction(process().assertOpens)).rejects.toThrow('for audit')
})

test('with another sealing key a rotation starts anew, and says that nothing vouches for the new key', async () => {
  const signed = await operator.transaction((tx) => process().sign(tx, 'audit', bytes))
  const other = process(randomBytes(32))
  const { keyId, retired, endorsed } = await operator.transaction((tx) => other.rotate(tx, 'audit'))
  expect([retired, endorsed]).toEqual([signed.keyId, false])
  await operator.transaction(async (tx) => {
    expect(await other.verify(tx, 'audit', bytes, signed)).toBe(true)
    expect((await other.sign(tx, 'audit', bytes)).keyId).toBe(keyId)
  })
})

test('members see no key', async () => {
  await expect(
    withClient(database.url('steward_member'), (client) => client.query('select id from signing_keys')),
  ).rejects.toThrow('permission denied')
})
