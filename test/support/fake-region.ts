import { setTimeout as pause } from 'node:timers/promises'
import { isRepairable, type Difference } from '../../control-plane/domain/drift.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import type { TenantsFile } from '../../control-plane/domain/tenants-file.ts'
import type { Owner } from '../../stacks/kubernetes/inventory.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'
import type { KubernetesObject } from '../../stacks/kubernetes/objects.ts'
import type { EdgeRoute } from '../../stacks/traffic/edge-routes.ts'
import type { ChartUse, Hands, Sweep, UnitCluster, UnitDatabases } from '../../workflows/regions/hands.ts'

type Inventory = { epoch: number; objects: KubernetesObject[] }

/** What a region holds, in memory: as much of it as the hands can tell apart. */
export type World = {
  inventories: Map<string, Inventory>
  secrets: Map<string, Record<string, string>>
  tenantsFiles: Map<string, TenantsFile>
  /** Databases with the ids of the tenants that have rows in them. */
  databases: Map<string, Set<string>>
  fences: Map<string, number>
  edge: Map<string, EdgeRoute & { closed: boolean }>
  quarantined: Set<string>
  /** What somebody did to the objects of a unit, by its id; applying them again makes it good. */
  meddled: Map<string, Difference[]>
}
export type FakeRegion = { hands: Hands; world: World; dump: () => object }

const fenced = (what: string) =>
  new Problem('effect.fenced', { status: 409, retryable: false, title: `A newer operation has acted on ${what}` })
const missing = (what: string) =>
  new Problem('cluster.not-found', { status: 404, retryable: false, title: `There is no ${what}` })
const keyOf = ({ unit, tenant, part }: Owner) => `${unit}.${tenant ?? 'none'}.${part}`

async function until(condition: () => boolean, { signal }: Link): Promise<void> {
  while (!condition()) await pause(5, undefined, { signal })
}

/** Region hands over memory; they keep the promises of the ports: repeatable, and fenced by epoch. */
export function fakeRegion(): FakeRegion {
  const world: World = {
    inventories: new Map(),
    secrets: new Map(),
    tenantsFiles: new Map(),
    databases: new Map(),
    fences: new Map(),
    edge: new Map(),
    quarantined: new Set(),
    meddled: new Map(),
  }
  const hands: Hands = {
    render: async (use) => rendered(use),
    cluster: fakeCluster(world),
    databases: fakeDatabases(world),
    edge: fakeEdge(world),
    sweep: fakeSweep(world),
    drift: { compare: async ({ unitId }) => world.meddled.get(unitId) ?? [] },
    close: async () => {},
  }
  return { hands, world, dump: () => dumpOf(world) }
}

/** One object per chart, named after what it stands for. */
function rendered({ chart, namespace, values }: ChartUse): KubernetesObject[] {
  const {
    component = chart,
    tenant,
    stable,
  } = values as { component?: string; tenant?: { id: string; slug: string; host: string }; stable?: object } // our own chart-use.ts
  const name = tenant ? `tenant-${tenant.slug}` : component
  return [{ apiVersion: 'v1', kind: component, metadata: { name, namespace }, tenant, stable }]
}

function fakeCluster(world: World): UnitCluster {
  const { inventories, secrets, tenantsFiles, fences, quarantined, meddled } = world
  const raise = (owner: Owner) => {
    const seen = fences.get(keyOf(owner)) ?? 0
    if (seen > owner.epoch) throw fenced(keyOf(owner))
    fences.set(keyOf(owner), owner.epoch)
  }
  const has = (namespace: string, kind: string) =>
    [...inventories.values()].some(({ objects }) =>
      objects.some((object) => object.kind === kind && object.metadata.namespace === namespace),
    )
  const needs = (namespace: string, kind: string) => {
    if (!has(namespace, kind)) throw missing(`${kind} in ${namespace}`)
  }
  return {
    async applyOwned(owner, objects) {
      raise(owner)
      if (owner.part !== 'cell') needs(objects[0]?.metadata.namespace ?? '', 'cell')
      inventories.set(keyOf(owner), { epoch: owner.epoch, objects })
      meddled.set(
        owner.unitId,
        (meddled.get(owner.unitId) ?? []).filter((one) => !isRepairable(one)),
      )
    },
    async removeOwned(owner) {
      raise(owner)
      const namespace = inventories.get(keyOf(owner))?.objects[0]?.metadata.namespace
      inventories.delete(keyOf(owner))
      if (owner.part !== 'cell' || namespace === undefined) return
      for (const store of [secrets, tenantsFiles])
        for (const key of store.keys()) if (key.startsWith(`${namespace}/`)) store.delete(key)
    },
    async ensureSecret({ namespace, name, make }) {
      needs(namespace, 'cell')
      const data = secrets.get(`${namespace}/${name}`) ?? make()
      secrets.set(`${namespace}/${name}`, data)
      return data
    },
    waitForDeployment: async ({ namespace }) => needs(namespace, 'workload'),
    waitForJob: async ({ namespace }) => needs(namespace, 'migration'),
    async publishTenants({ namespace, configMap, file }) {
      needs(namespace, 'cell')
      const key = `${namespace}/${configMap}`
      if ((tenantsFiles.get(key)?.revision ?? -1) < file.revision) tenantsFiles.set(key, file)
    },
    waitForTenantsRevision: ({ namespace, revision }, link) =>
      until(
        () => has(namespace, 'workload') && (tenantsFiles.get(`${namespace}/tenants`)?.revision ?? -1) >= revision,
        link,
      ),
    podVersions: async ({ namespace }) =>
      [...inventories.values()]
        .flatMap(({ objects }) => objects)
        .filter(({ kind, metadata }) => kind === 'workload' && metadata.namespace === namespace)
        .flatMap((object) =>
          ['a', 'b'].map((pod) => ({ pod, version: (object['stable'] as { version: string }).version })),
        ),
    markQuarantined: async (owner, operationId) => void quarantined.add(`${keyOf(owner)} ${operationId}`),
  }
}

function fakeDatabases({ databases, fences }: World): UnitDatabases {
  const raise = (subject: string, epoch: number) => {
    if ((fences.get(subject) ?? 0) > epoch) throw fenced(subject)
    fences.set(subject, epoch)
  }
  return {
    address: { host: '127.0.0.1', port: 5432 },
    makeSecret: ({ appRole }) => ({ DATABASE_URL: `postgres://${appRole}:fake@127.0.0.1:5432/x` }),
    async create({ names, epoch }) {
      raise(names.database, epoch)
      if (!databases.has(names.database)) databases.set(names.database, new Set())
    },
    async drop({ names, epoch }) {
      raise(names.database, epoch)
      databases.delete(names.database)
    },
    async eraseTenant({ names, tenantId, epoch }) {
      raise(tenantId, epoch)
      databases.get(names.database)?.delete(tenantId)
    },
  }
}

function fakeEdge({ edge, inventories, tenantsFiles }: World): Hands['edge'] {
  const answer = (host: string): { status: number; body: string } => {
    const open = edge.get(host)
    if (!open || open.closed) return { status: 421, body: '' }
    const routes = [...inventories.values()].flatMap(({ objects }) => objects)
    const route = routes.find(({ tenant }) => (tenant as { host: string } | undefined)?.host === host)
    const file = route && tenantsFiles.get(`${route.metadata.namespace}/tenants`)
    const entry = file?.tenants.find(({ hosts }) => hosts.includes(host))
    if (!entry) return { status: 404, body: '' }
    return entry.state === 'suspended'
      ? { status: 403, body: '' }
      : { status: 200, body: JSON.stringify({ tenant: entry.slug }) }
  }
  return {
    async open(route) {
      const known = edge.get(route.host)
      if (known && (known.closed ? route.epoch <= known.epoch : route.epoch < known.epoch)) throw fenced(route.host)
      edge.set(route.host, { ...route, target: 'gateway', closed: false })
    },
    async close({ host, tenant, epoch }) {
      const known = edge.get(host)
      if (known && epoch < known.epoch) throw fenced(host)
      edge.set(host, { host, tenant, epoch, unit: '', target: '', closed: true })
    },
    list: async () => [...edge.values()].filter(({ closed }) => !closed),
    async probe({ host, expect }, link) {
      const asks = () => {
        const { status, body } = answer(host)
        return expect(status, body)
      }
      await until(asks, link)
    },
  }
}

function fakeSweep({ inventories, tenantsFiles, databases, edge, secrets }: World): Sweep {
  const open = (of: (route: EdgeRoute) => boolean) =>
    [...edge.values()]
      .filter((route) => !route.closed && of(route))
      .map(({ host }) => ({ kind: 'EdgeRoute', name: host, where: 'edge' }))
  const named = (text: string) =>
    [...inventories.keys()]
      .filter((key) => key.includes(text))
      .map((name) => ({ kind: 'ConfigMap', name, where: 'steward' }))
  return {
    tenant: async ({ tenantId, slug, names }) => [
      ...named(`.${tenantId}.`),
      ...[...tenantsFiles].flatMap(([name, { tenants }]) =>
        tenants.filter(({ id }) => id === tenantId).map(() => ({ kind: 'TenantsFileEntry', name: slug, where: name })),
      ),
      ...(databases.get(names.database)?.has(tenantId)
        ? [{ kind: 'rows', name: tenantId, where: names.database }]
        : []),
      ...open(({ tenant }) => tenant === tenantId),
    ],
    unit: async ({ unit, names }) => [
      ...named(`${unit}.`),
      ...(databases.has(names.database) ? [{ kind: 'database', name: names.database, where: 'products' }] : []),
      ...[...secrets.keys()]
        .filter((key) => key.startsWith(`${names.namespace}/`))
        .map((name) => ({ kind: 'Secret', name, where: names.namespace })),
      ...open((route) => route.unit === unit),
    ],
  }
}

/** What can be seen from outside, without epochs and revisions: two ways to one state look the same. */
const dumpOf = ({ inventories, secrets, tenantsFiles, databases, edge }: World): object => ({
  objects: [...inventories].map(([key, { objects }]) => [key, objects]).toSorted(),
  secrets: [...secrets.keys()].toSorted(),
  tenants: [...tenantsFiles].map(([key, { tenants }]) => [key, tenants]).toSorted(),
  databases: [...databases].map(([name, tenants]) => [name, [...tenants].toSorted()]).toSorted(),
  edge: [...edge.values()]
    .filter(({ closed }) => !closed)
    .map(({ host, tenant, unit }) => [host, tenant, unit])
    .toSorted(),
})
