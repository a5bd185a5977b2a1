import { beforeAll, expect, test } from 'vitest'
import { UNIT_NAME_MAX } from '../../../../control-plane/domain/slug.ts'
import type { RegisteredStack } from '../../../../test/support/register.ts'
import {
  LOCAL_INPUTS as inputs,
  LOCAL_TARGET as target,
  registeredLocalStack,
} from '../../../../test/support/registered-local-stack.ts'
import type { StackInputs } from '../stack-program.ts'
import { checkLocalInputs } from './local-program.ts'
import { resourceName } from './resource-name.ts'

let stack: RegisteredStack
beforeAll(async () => {
  stack = await registeredLocalStack()
})

test('a stack is a cluster, a pair of databases, a key and a store, of which key and databases are protected', () => {
  const byType = Object.fromEntries(
    stack.resources.map(({ type, inputs: given, protect }) => [type.split(':').at(-1), { ...given, protect }]),
  )
  expect(stack.resources).toHaveLength(4)
  expect(byType).toMatchObject({
    KubernetesCluster: { name: 'acme-cluster', version: '1.35.4', nodes: 1, protect: false },
    PostgresCluster: { name: 'acme-db', standbys: 1, maxConnections: 50, protect: true },
    Key: { name: 'acme-key', generation: 1, protect: true },
    BackupStore: { name: 'acme-backups', residency: 'local-1', protect: false },
  })
})

test('its outputs are the addresses and paths that every target tells', () => {
  expect(stack.outputs).toEqual({
    cluster: '/k',
    clusterEndpoint: 'https://127.0.0.1:1',
    databasePrimary: '127.0.0.1:2',
    databaseStandby: '127.0.0.1:3',
    databaseSecret: '/u',
    key: '/d',
    backupStore: '/o',
  })
})

test.each<[string, Partial<StackInputs>]>([
  ['tenant', { tenant: 'Acme' }],
  ['tenant', { tenant: `a${'b'.repeat(UNIT_NAME_MAX)}` }],
  ['region', { region: 'eu-central-1' }],
  ['region', { residency: ['local-2'] }],
  ['size', { size: 'huge' as 'large' }],
  ['versions/kubernetes', { versions: { kubernetes: '1.3', postgres: '15' } }],
  ['versions/postgres', { versions: { kubernetes: '1.35', postgres: '17' } }],
])('a wrong %s is refused by name', (field, over) => {
  const check = () => checkLocalInputs({ ...inputs, ...over }, target)
  expect(check).toThrow(
    expect.objectContaining({
      code: 'stack.invalid',
      fields: expect.arrayContaining([expect.objectContaining({ pointer: `/${field}` })]),
    }),
  )
})

test('the longest slugs still give names that an estate takes, and no two the same', () => {
  const long = `a${'b'.repeat(UNIT_NAME_MAX - 1)}`
  checkLocalInputs({ ...inputs, tenant: long }, target)
  const whats = ['cluster', 'db', 'key', 'backups'] as const
  const names = [long, `${long.slice(0, -1)}c`, 'acme'].flatMap((tenant) =>
    whats.map((what) => resourceName(tenant, what)),
  )
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9-]{0,39}$/)
})
