import { readFile } from 'node:fs/promises'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import type { TestEstate } from './estate.ts'
import { until, withClient } from './postgres.ts'

export const BY_HAND = { namespace: 'initech-prod', database: 'initech_prod' } as const
const DBA = { name: 'initech_dba', password: 'dba-secret' }

const byName = (a: { name?: string; uid?: string } | undefined, b: typeof a): number =>
  `${a?.name} ${a?.uid}` < `${b?.name} ${b?.uid}` ? -1 : 1

/** What a customer made before there was a unit: a namespace with something in it, and a database with rows of the tenant. */
export async function byHand(its: Pick<TestEstate, 'estate'>, tenantId: string) {
  const config = new KubeConfig()
  config.loadFromFile(its.estate.credentials.kubeconfig('admin'))
  const core = config.makeApiClient(CoreV1Api)
  const { namespace, database } = BY_HAND
  const sql = async (on: string, statements: readonly string[], login?: typeof DBA) => {
    const url = new URL((await readFile(its.estate.credentials.url('products-admin'), 'utf8')).trim())
    url.pathname = `/${on}`
    if (login) Object.assign(url, { username: login.name, password: login.password })
    return withClient(url.href, async (client) => {
      let rows: Record<string, unknown>[] = []
      for (const statement of statements) rows = (await client.query(statement)).rows
      return rows
    })
  }
  await core.createNamespace({ body: { metadata: { name: namespace, labels: { customer: 'initech' } } } })
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'notes' }, data: { a: '1' } } })
  await until(async () => {
    await core.readNamespacedServiceAccount({ namespace, name: 'default' }) // what the cluster puts into every namespace
    await core.readNamespacedConfigMap({ namespace, name: 'kube-root-ca.crt' })
  })
  await sql('postgres', [
    `create role ${DBA.name} login password '${DBA.password}'`,
    `create database ${database} owner ${DBA.name}`,
  ])
  await sql(
    database,
    [
      'create schema books',
      'create table books.invoices (tenant_id uuid not null, id int, note text, primary key (tenant_id, id))',
      'alter table books.invoices enable row level security',
      `create policy own on books.invoices using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`,
      `insert into books.invoices values ('${tenantId}', 1, 'kept')`,
      'alter table books.invoices force row level security',
    ],
    DBA,
  )
  /** Everything of both, as it is now. */
  const seen = async () => ({
    namespace: (await core.readNamespace({ name: namespace })).metadata,
    objects: await Promise.all([
      core.listNamespacedConfigMap({ namespace }),
      core.listNamespacedSecret({ namespace }),
      core.listNamespacedServiceAccount({ namespace }),
      core.listNamespacedResourceQuota({ namespace }),
    ]).then((lists) => lists.flatMap(({ items }) => items.map(({ metadata }) => metadata)).toSorted(byName)),
    database: await sql('postgres', [
      `select datdba::regrole::text as owner, (select jsonb_agg(a order by a::text) from aclexplode(coalesce(datacl, acldefault('d', datdba))) a) as rights
         from pg_database where datname = '${database}'`,
    ]),
    roles: await sql('postgres', [`select rolname from pg_roles where rolname like '%initech%' order by 1`]),
    tables: await sql(database, [
      `select relname, relowner::regrole::text as owner,
              (select jsonb_agg(a order by a::text) from aclexplode(coalesce(relacl, acldefault('r', relowner))) a) as rights
         from pg_class where relnamespace = 'books'::regnamespace and relkind = 'r' order by 1`,
    ]),
    rows: await sql(database, ['select xmin::text, * from books.invoices']),
  })
  /** The same without who has written to it and how often. */
  const shape = async () => {
    const { namespace: home, objects, ...rest } = await seen()
    const plain = (of: typeof home) => ({
      name: of?.name,
      uid: of?.uid,
      labels: of?.labels,
      annotations: of?.annotations,
    })
    return { ...rest, namespace: plain(home), objects: objects.map(plain) }
  }
  return { core, sql, seen, shape, dba: DBA }
}
