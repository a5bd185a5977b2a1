import { readFile, readdir } from 'node:fs/promises'
import { AppsV1Api, CoreV1Api, CustomObjectsApi, KubeConfig } from '@kubernetes/client-node'
import pg from 'pg'
import type { Estate } from '../../stacks/local/estate.ts'
import { withClient } from './postgres.ts'

/** One trace of a tenant: what kind of thing, and which. */
export type Trace = {
  kind: 'database' | 'role' | 'row' | 'route' | 'edge-route' | 'config-map' | 'namespace' | 'workload' | 'process'
  name: string
}
/** What stays on purpose: an id and a number, so that a late effect of the removed tenant's operations is still refused. */
const FENCES = 'steward.fences'
export type Wanted = { id: string; slug: string; host: string }

/**
 * Looks for a tenant everywhere it may have left something, with credentials that only read, and with none of the product's own
 * code for it: a mistake of the remover must not blind the one who checks.
 */
export async function residueOf(
  estate: Pick<Estate, 'credentials' | 'home' | 'urls'>,
  wanted: Wanted,
): Promise<Trace[]> {
  const names = [wanted.id, wanted.slug, wanted.slug.replaceAll('-', '_')]
  const found = await Promise.all([
    inDatabases(await url(estate.credentials.url('products-sweep')), wanted, names),
    inCluster(estate.credentials.kubeconfig('sweep'), wanted),
    atTheEdge(estate, wanted),
    inProcesses(estate.home, wanted),
  ])
  return found.flat()
}

const url = async (file: string): Promise<string> => (await readFile(file, 'utf8')).trim()
const mentions = (text: string, words: readonly string[]): boolean => words.some((word) => text.includes(word))

async function inDatabases(at: string, { id }: Wanted, names: readonly string[]): Promise<Trace[]> {
  const { databases, roles } = await withClient(at, async (client) => ({
    databases: await firstColumn(client, 'select datname from pg_database where datallowconn'),
    roles: await firstColumn(client, 'select rolname from pg_roles'),
  }))
  const rows = await Promise.all(databases.map((database) => rowsIn(at, database, id)))
  return [
    ...databases.filter((name) => mentions(name, names)).map((name) => ({ kind: 'database', name }) as const),
    ...roles.filter((name) => mentions(name, names)).map((name) => ({ kind: 'role', name }) as const),
    ...rows.flat(),
  ]
}

const firstColumn = async (client: pg.Client, text: string): Promise<string[]> =>
  (await client.query<string[]>({ text, rowMode: 'array' })).rows.map(([value]) => String(value))

/** Every table of the database, whatever its columns are called: the row as text either holds the tenant's id or does not. */
async function rowsIn(at: string, database: string, id: string): Promise<Trace[]> {
  const target = new URL(at)
  target.pathname = `/${database}`
  return withClient(target.href, async (client) => {
    const tables = await firstColumn(
      client,
      `select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
    )
    const traces: Trace[] = []
    for (const table of tables.filter((name) => name !== FENCES)) {
      const { rows } = await client.query<{ n: string }>(
        `select count(*) as n from ${table} t where t::text like '%' || $1 || '%'`,
        [id],
      )
      if (Number(rows[0]?.n) > 0) traces.push({ kind: 'row', name: `${database}: ${rows[0]?.n} in ${table}` })
    }
    return traces
  })
}

async function inCluster(kubeconfig: string, { id, slug, host }: Wanted): Promise<Trace[]> {
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  const core = config.makeApiClient(CoreV1Api)
  const maps = await core.listConfigMapForAllNamespaces()
  const namespaces = await core.listNamespace()
  const workloads = [
    ...(await config.makeApiClient(AppsV1Api).listDeploymentForAllNamespaces()).items,
    ...(await core.listPodForAllNamespaces()).items,
    ...(await core.listServiceForAllNamespaces()).items,
  ]
  const home = `tenant-${slug}`
  const group = { group: 'gateway.networking.k8s.io', version: 'v1', plural: 'httproutes' }
  const routes = (await config
    .makeApiClient(CustomObjectsApi)
    .listCustomObjectForAllNamespaces({ ...group, resourcePlural: group.plural })) as {
    items: { metadata: { name: string } }[]
  }
  const words = [id, host, `"${slug}"`]
  return [
    ...namespaces.items
      .filter((namespace) => namespace.metadata?.name === home || mentions(JSON.stringify(namespace), words))
      .map(({ metadata }) => ({ kind: 'namespace', name: metadata?.name ?? '' }) as const),
    ...workloads
      .filter((workload) => workload.metadata?.namespace === home || mentions(JSON.stringify(workload.metadata), words))
      .map(({ metadata }) => ({ kind: 'workload', name: metadata?.name ?? '' }) as const),
    ...maps.items
      .filter((map) => mentions(JSON.stringify(map), words))
      .map(({ metadata }) => ({ kind: 'config-map', name: metadata?.name ?? '' }) as const),
    ...routes.items
      .filter((route) => mentions(JSON.stringify(route), words))
      .map(({ metadata }) => ({ kind: 'route', name: metadata.name }) as const),
  ]
}

async function atTheEdge(
  { credentials, urls }: Pick<Estate, 'credentials' | 'urls'>,
  { host }: Wanted,
): Promise<Trace[]> {
  const token = await url(credentials.token('edge-sweep'))
  const answer = await fetch(`${urls.daemon}/edge/routes`, { headers: { authorization: `Bearer ${token}` } })
  if (!answer.ok) throw new Error(`the edge does not list its routes: ${answer.status}`)
  const text = await answer.text()
  return text.includes(`"${host}"`) ? [{ kind: 'edge-route', name: host }] : []
}

/**
 * Command lines and environments of every process of this machine that this account may read. An id is nobody else's; a slug and a
 * host are only this tenant's in this estate: suites beside this one call their tenants by the same names.
 */
async function inProcesses(home: string, { id, slug, host }: Wanted): Promise<Trace[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
  const texts = await Promise.all(
    pids.map(async (pid) => {
      const parts = await Promise.all(
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      )
      return { pid, text: parts.join('\0') }
    }),
  )
  return texts
    .filter(({ text }) => text.includes(id) || (text.includes(home) && mentions(text, [host, `UNIT_NAME=${slug}\0`])))
    .map(({ pid, text }) => ({ kind: 'process', name: `${pid} ${text.slice(0, 80).replaceAll('\0', ' ')}` }))
}
