import { randomUUID } from 'node:crypto'
import { CreateDBInstanceCommand } from '@aws-sdk/client-rds'
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager'
import { beforeEach, expect, test } from 'vitest'
import { motoSuite } from '../../../test/support/moto/moto-suite.ts'
import type { AwsLink } from './aws-link.ts'
import { changeMasterPassword } from './master-password.ts'

const REGION = 'eu-central-1'
const SECRET = 'steward-acme/database'
const PATIENCE = { everyMs: 20, withinMs: 10_000 }
const LINK: AwsLink = { signal: new AbortController().signal }

const its = motoSuite(1) // one attempt: what goes wrong goes wrong

beforeEach(async () => {
  await its.moto.clients.in(REGION).rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: 'steward-acme-first',
      DBInstanceClass: 'db.m7g.large',
      Engine: 'postgres',
      MasterUsername: 'steward_admin',
      MasterUserPassword: 'only-the-beginning',
      AllocatedStorage: 100,
    }),
  )
  await its.moto.clients.in(REGION).secrets.send(new CreateSecretCommand({ Name: SECRET }))
})

const change = (rotation: string) =>
  changeMasterPassword(
    its.clients,
    { database: { region: REGION, id: 'steward-acme-first' }, secretId: SECRET, rotation },
    LINK,
    PATIENCE,
  )
const kept = async (): Promise<Record<string, unknown>> => {
  const { SecretString = '{}' } = await its.moto.clients
    .in(REGION)
    .secrets.send(new GetSecretValueCommand({ SecretId: SECRET, VersionStage: 'AWSCURRENT' }))
  return JSON.parse(SecretString) as Record<string, unknown>
}
const versions = async () =>
  (
    await its.moto.clients
      .in(REGION)
      .secrets.send(new ListSecretVersionIdsCommand({ SecretId: SECRET, IncludeDeprecated: true }))
  ).Versions ?? []

test('a new password is kept first and set after, and is current then', async () => {
  const rotation = randomUUID()
  await change(rotation)
  const login = await kept()
  expect(login).toMatchObject({ username: 'steward_admin', port: 5432 })
  expect(String(login['password'])).toHaveLength(40)
  const sent = encodeURIComponent(String(login['password']))
  expect(its.between.count(new RegExp(`Action=ModifyDBInstance.*MasterUserPassword=${sent}`))).toBe(1)
})

test('the next rotation replaces it', async () => {
  await change(randomUUID())
  const before = await kept()
  await change(randomUUID())
  expect((await kept())['password']).not.toBe(before['password'])
})

test('done already, nothing is done', async () => {
  const rotation = randomUUID()
  await change(rotation)
  await change(rotation)
  expect(its.between.count(/Action=ModifyDBInstance/)).toBe(1)
})

test.each([
  ['the password is made', /GetRandomPassword/],
  ['the password is kept', /PutSecretValue/],
  ['the password is read again', /GetSecretValue/],
  ['the password is set', /Action=ModifyDBInstance/],
  ['the password is no longer pending', /UpdateSecretVersionStage.*AWSPENDING/],
])('broken off before %s, the same rotation ends the same, with one new version', async (_, step) => {
  const rotation = randomUUID()
  its.between.fail(step, 'cut')
  await expect(change(rotation)).rejects.toMatchObject({ code: 'aws.unreachable', retryable: true })
  await change(rotation)
  const sent = encodeURIComponent(String((await kept())['password']))
  expect(its.between.count(new RegExp(`MasterUserPassword=${sent}`))).toBeGreaterThan(0)
  expect((await versions()).filter(({ VersionId }) => VersionId === rotation)).toHaveLength(1)
})

test('broken off before the new password is current, the next attempt makes it current', async () => {
  await change(randomUUID())
  const before = await kept()
  const rotation = randomUUID()
  its.between.fail(/UpdateSecretVersionStage.*AWSCURRENT/, 'cut')
  await expect(change(rotation)).rejects.toMatchObject({ code: 'aws.unreachable' })
  expect(await kept()).toEqual(before)
  await change(rotation)
  expect((await kept())['password']).not.toBe(before['password'])
})

test('an older rotation that is asked for again does not bring its password back', async () => {
  const older = randomUUID()
  await change(older)
  await change(randomUUID())
  const now = await kept()
  await change(older)
  expect(await kept()).toEqual(now)
  expect(its.between.count(/Action=ModifyDBInstance/)).toBe(2)
})

test('a refused password is told without it, and without what AWS says about it', async () => {
  its.between.fail(/Action=ModifyDBInstance/, {
    status: 400,
    code: 'InvalidParameterValue',
    message: 'hunter2 is too short',
  })
  const error: unknown = await change(randomUUID()).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'aws.refused' })
  const told = JSON.stringify(error, Object.getOwnPropertyNames(error))
  expect(told).not.toContain('hunter2')
  const pending = (await versions()).find(({ VersionStages = [] }) => VersionStages.includes('AWSPENDING'))
  const { SecretString = '' } = await its.moto.clients
    .in(REGION)
    .secrets.send(new GetSecretValueCommand({ SecretId: SECRET, VersionId: pending?.VersionId }))
  expect(told).not.toContain((JSON.parse(SecretString) as { password: string }).password)
})

test('a version that somebody else wrote is not set as a password, and not told', async () => {
  const rotation = randomUUID()
  await its.moto.clients.in(REGION).secrets.send(
    new PutSecretValueCommand({
      SecretId: SECRET,
      ClientRequestToken: rotation,
      SecretString: 'swordfish, in no JSON',
      VersionStages: ['AWSPENDING'],
    }),
  )
  const error: unknown = await change(rotation).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'aws.foreign' })
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('swordfish')
  expect(its.between.count(/Action=ModifyDBInstance/)).toBe(0)
})
