import { runtime, type Output, type ResourceTransformation } from '@pulumi/pulumi'
import { beforeAll, expect, test } from 'vitest'
import { SLUG_MAX } from '../../../../control-plane/domain/slug.ts'
import type { StackInputs } from '../stack-program.ts'
import { checkLocalInputs, localProgram } from './local-program.ts'
import type { LocalTarget } from './local-target.ts'
import { resourceName } from './resource-name.ts'

const target: LocalTarget = { region: 'local-1', kubernetes: '1.35.4', postgres: '15' }
const inputs: StackInputs = {
  tenant: 'acme',
  unit: 'acme',
  plan: 'enterprise',
  size: 'small',
  region: 'local-1',
  residency: ['local-1'],
  versions: { kubernetes: '1.35', postgres: '15' },
}
const valueOf = <T>(output: Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve))

type Seen = { name: string; type: string; inputs: Record<string, unknown>; protect: boolean }
let seen: Seen[]
let outputs: Record<string, string>
beforeAll(async () => {
  seen = []
  const kept = new Map<string, boolean>()
  const note: ResourceTransformation = ({ name, type, opts }) => {
    kept.set(`${type} ${name}`, opts.protect ?? false)
    return undefined
  }
  await runtime.setMocks({
    newResource: ({ type, name, inputs: given, custom }) => {
      if (custom)
        seen.push({
          name,
          type: type.split(':').at(-1) ?? '',
          inputs: given,
          protect: kept.get(`${type} ${name}`) ?? false,
        })
      const told = {
        server: 'https://127.0.0.1:1',
        kubeconfig: '/k',
        host: '127.0.0.1',
        'postgres-1': 2,
        'postgres-2': 3,
        adminUrlFile: '/u',
        dataKeyPath: '/d',
        objectsPath: '/o',
      }
      return { id: name, state: { ...given, outputs: told } }
    },
    call: () => ({}),
  })
  const declared = localProgram(target, { transformations: [note] })(inputs)
  outputs = Object.fromEntries(
    await Promise.all(Object.entries(declared).map(async ([name, output]) => [name, await valueOf(output)] as const)),
  )
  await runtime.disconnect()
})

test('a stack is a cluster, a pair of databases, a key and a store, of which key and databases are protected', () => {
  const byType = Object.fromEntries(seen.map(({ type, inputs: given, protect }) => [type, { ...given, protect }]))
  expect(seen).toHaveLength(4)
  expect(byType).toMatchObject({
    KubernetesCluster: { name: 'acme-cluster', version: '1.35.4', nodes: 1, protect: false },
    PostgresCluster: { name: 'acme-db', standbys: 1, maxConnections: 50, protect: true },
    Key: { name: 'acme-key', generation: 1, protect: true },
    BackupStore: { name: 'acme-backups', residency: 'local-1', protect: false },
  })
})

test('its outputs are the addresses and paths that every target tells', () => {
  expect(outputs).toEqual({
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
  ['tenant', { tenant: `a${'b'.repeat(SLUG_MAX)}` }],
  ['region', { region: 'eu-central-1' }],
  ['residency', { residency: ['local-2'] }],
  ['size', { size: 'huge' as 'large' }],
  ['versions.kubernetes', { versions: { kubernetes: '1.3', postgres: '15' } }],
  ['versions.postgres', { versions: { kubernetes: '1.35', postgres: '17' } }],
])('a wrong %s is refused by name', (field, over) => {
  const check = () => checkLocalInputs({ ...inputs, ...over }, target)
  expect(check).toThrow(expect.objectContaining({ code: 'stack.invalid', extra: expect.objectContaining({ field }) }))
})

test('the longest slugs still give names that an estate takes, and no two the same', () => {
  const long = `a${'b'.repeat(SLUG_MAX - 1)}`
  checkLocalInputs({ ...inputs, tenant: long }, target)
  const whats = ['cluster', 'db', 'key', 'backups'] as const
  const names = [long, `${long.slice(0, -1)}c`, 'acme'].flatMap((tenant) =>
    whats.map((what) => resourceName(tenant, what)),
  )
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9-]{0,39}$/)
})
