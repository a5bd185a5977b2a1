import { readFile } from 'node:fs/promises'
import { UNIT_LABEL } from '../../control-plane/domain/naming.ts'
import { listObjects } from '../../stacks/kubernetes/calls.ts'
import { connectCluster } from '../../stacks/kubernetes/cluster.ts'
import { collectionPath } from '../../stacks/kubernetes/discovery.ts'
import { unlinked } from '../../stacks/kubernetes/link.ts'
import type { KubernetesObject } from '../../stacks/kubernetes/objects.ts'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'
import type { Estate } from '../../stacks/local/estate.ts'
import { withClient } from './postgres.ts'
import { MADE } from './subject-life.ts'

/** Everything there is of the subjects whose names begin with a prefix: two ways to one end give the same text. */
export type EstateDump = Readonly<Record<'rows' | 'databases' | 'objects' | 'routes' | 'processes', readonly string[]>>

type At = Pick<Estate, 'home' | 'credentials' | 'urls'>
export type Named = { id: string; name: string }

/**
 * Rows of the plane, objects with their wanted content, databases with their logins and the rows inside, routes at the edge, and
 * the processes that serve. Names, ids, revisions and what Kubernetes makes up are taken out, so that runs can be compared.
 * `unknown`: units and tenants of which the plane has no row.
 */
export async function dumpEstate(estate: At, prefix: string, unknown: readonly Named[] = []): Promise<EstateDump> {
  const owner = await textOf(estate.credentials.url('plane-owner'))
  const { named: known, rows } = await rowsOf(owner, prefix)
  const named = [...known, ...unknown]
  const shown = normaliser(prefix, named)
  const lines = (found: readonly string[]) => found.map(shown).toSorted()
  return {
    rows: lines(rows),
    databases: lines(
      await databasesOf(await textOf(estate.credentials.url('products-admin')), prefix.replaceAll('-', '_')),
    ),
    objects: lines(await objectsOf(estate.credentials.kubeconfig('admin'), named)),
    routes: lines(await routesOf(estate, prefix)),
    processes: lines(await processesOf(estate.home, prefix)),
  }
}

const textOf = async (file: string): Promise<string> => (await readFile(file, 'utf8')).trim()

function normaliser(prefix: string, named: readonly Named[]): (text: string) => string {
  return (text) =>
    named
      .reduce((shorter, { id, name }) => shorter.replaceAll(id, `<id of ${name}>`), text)
      .replaceAll(prefix, '<p>')
      .replaceAll(prefix.replaceAll('-', '_'), '<p>')
      .replaceAll(MADE, '-<made>')
      .replaceAll(/(revision\\*":\s*|epoch\\*":\s*\\*")\d+/g, '$1<n>')
}

/** States, terms, conditions and outcomes; open claims, which an ended story must not have; that each step succeeded (twice, where a worker died between its record and Temporal's). */
async function rowsOf(url: string, prefix: string): Promise<{ named: Named[]; rows: string[] }> {
  return withClient(url, async (client) => {
    const of = async (text: string) => (await client.query<Record<string, unknown>>(text, [`${prefix}%`])).rows
    const units = await of('select id, kind, name, state, product, version, capacity from units where name like $1')
    const tenants = await of(
      `select id, slug as name, plan, region, state, published, limits, overrides, confirmed from tenants where slug like $1`,
    )
    const named = [...units, ...tenants].map(({ id, name }) => ({ id: String(id), name: String(name) }))
    const ids = named.map(({ id }) => id)
    const about = async (text: string) => (await client.query<Record<string, unknown>>(text, [ids])).rows
    const conditions = await about(
      `select subject, type, status, reason from conditions where type <> 'InSync' and split_part(subject, ':', 2) = any ($1)`,
    )
    const operations = await about(
      `select kind, coalesce(tenant_id, unit_id) as subject, state, error_code from operations
        where coalesce(tenant_id, unit_id)::text = any ($1)`,
    )
    const claims = await about(
      `select c.subject, c.mode from operation_claims c where split_part(c.subject, ':', 2) = any ($1)`,
    )
    const done = await about(
      `select o.kind, s.step, bool_or(s.state = 'succeeded') as done
         from operation_steps s join operations o on o.id = s.operation_id
        where coalesce(o.tenant_id, o.unit_id)::text = any ($1) group by o.id, o.kind, s.step`,
    )
    const lines = { unit: units, tenant: tenants, condition: conditions, operation: operations, claim: claims, done }
    const rows = Object.entries(lines).flatMap(([what, found]) => found.map((row) => `${what} ${JSON.stringify(row)}`))
    return { named, rows }
  })
}

async function databasesOf(url: string, prefix: string): Promise<string[]> {
  const { databases, roles } = await withClient(url, async (client) => {
    const like = [`%${prefix}%`]
    return {
      databases: (
        await client.query<{ datname: string }>('select datname from pg_database where datname like $1', like)
      ).rows,
      roles: (
        await client.query(
          `select rolname, rolsuper, rolbypassrls, rolcanlogin, rolconnlimit, rolconfig from pg_roles where rolname like $1`,
          like,
        )
      ).rows,
    }
  })
  const inside = await Promise.all(databases.map(({ datname }) => tablesOf(url, datname)))
  return [
    ...databases.map(({ datname }) => `database ${datname}`),
    ...roles.map((role) => `role ${JSON.stringify(role)}`),
    ...inside.flat(),
  ]
}

/** Every table of a database with how many rows it holds. */
async function tablesOf(url: string, database: string): Promise<string[]> {
  const target = new URL(url)
  target.pathname = `/${database}`
  return withClient(target.href, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    )
    const counted = []
    for (const { name } of rows) {
      const { rows: count } = await client.query<{ n: string }>(`select count(*) as n from ${name}`)
      counted.push(`table ${database} ${name}: ${count[0]?.n} rows`)
    }
    return counted
  })
}

/** Kinds that others keep about ours, and that come and go by themselves. */
const KEPT_BY_OTHERS = new Set(['Event', 'EndpointSlice', 'Endpoints', 'Lease', 'ControllerRevision'])
/** What the cluster fills in by chance. */
const CHANCE = new Set(['clusterIP', 'clusterIPs', 'pod-template-hash', 'annotations'])

/** Pods name the Secret they read by its digest, and every unit has passwords of its own. Inside an inventory it is text in text. */
const SECRET_DIGEST = /(steward\.dev\/secret\W+)[0-9a-f]{16}/g

async function objectsOf(kubeconfig: string, named: readonly Named[]): Promise<string[]> {
  const cluster = connectCluster({ kubeconfig })
  const ids = new Set(named.map(({ id }) => id))
  try {
    const kinds = (await cluster.discovery.everything(unlinked)).filter(
      ({ kind, verbs }) => verbs.includes('list') && !KEPT_BY_OTHERS.has(kind),
    )
    const lists = await Promise.all(
      kinds.map(async (resource) => {
        const query = { labelSelector: UNIT_LABEL }
        const found = await listObjects(cluster, collectionPath(resource), { query, what: 'dump' }, unlinked)
        return found
          .filter(({ metadata }) => ids.has(metadata.labels?.[UNIT_LABEL] ?? ''))
          .map((one) => ({ ...one, kind: resource.kind }))
      }),
    )
    return lists.flat().map(lineOf)
  } finally {
    await cluster.close()
  }
}

/** What an object is meant to be: its place, labels and content; of a Secret only the keys, of a pod only that it is there. */
function lineOf(object: KubernetesObject): string {
  const { kind, metadata } = object
  const content =
    kind === 'Secret'
      ? Object.keys(object['data'] ?? {}).toSorted()
      : kind === 'Pod' || kind === 'ReplicaSet'
        ? {}
        : { spec: object['spec'], data: object['data'], rules: object['rules'] }
  const text = JSON.stringify({ labels: metadata.labels, content }, (key, value: unknown) =>
    CHANCE.has(key) ? undefined : value,
  ).replaceAll(SECRET_DIGEST, '$1<digest>')
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name} ${text}`
}

async function routesOf({ credentials, urls }: At, prefix: string): Promise<string[]> {
  const token = await textOf(credentials.token('edge-sweep'))
  const answer = await fetch(`${urls.daemon}/edge/routes`, { headers: { authorization: `Bearer ${token}` } })
  if (!answer.ok) throw new Error(`the edge does not list its routes: ${answer.status}`)
  const body: unknown = await answer.json()
  const list = (Array.isArray(body) ? body : Object.values(body as object).flat()) as Record<string, unknown>[]
  return list
    .filter(({ host }) => String(host).startsWith(prefix))
    .map(({ host, unit, tenant, refusing = false, limits = null }) => {
      const terms = JSON.stringify({ refusing, limits })
      return `edge ${String(host)} to ${String(unit)} for ${String(tenant)} ${terms}`
    })
}

/** Pods as the node runs them. */
async function processesOf(home: string, prefix: string): Promise<string[]> {
  const { pods } = (await (await askDaemon(home, '/pods')).json()) as {
    pods: { namespace: string; name: string; phase: string }[]
  }
  return pods
    .filter(({ namespace, phase }) => namespace.includes(prefix) && phase === 'Running')
    .map(({ namespace, name }) => `pod ${namespace}/${name}`)
}
