import { setTimeout as pause } from 'node:timers/promises'
import { type Difference, isRepairable } from '../../control-plane/domain/drift.ts'
import { CHECKS, type CheckResult, judge, type Observation } from '../../control-plane/domain/attestation.ts'
import { CLAUSES, type ClauseResult, judgeClause } from '../../control-plane/domain/contract.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import { renderTenantsFile } from '../../control-plane/domain/tenants-file.ts'
import type { TenantKeys } from '../../control-plane/platform/tenant-keys.ts'
import type { LiveVersion } from '../../stacks/kubernetes/drift.ts'
import { type Held, otherwiseThanPlanned, refusal } from '../../stacks/kubernetes/held.ts'
import type { Owner } from '../../stacks/kubernetes/inventory.ts'
import { probeNamespace } from '../../stacks/kubernetes/attestation/spaces.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'
import { databaseProblems } from '../../stacks/postgres/postgres.errors.ts'
import { nameOf, refOf, type KubernetesObject, type ObjectRef } from '../../stacks/kubernetes/objects.ts'
import type { TenantRows } from '../../workflows/regions/tenant-rows.ts'
import { fakeEnd, fakeTenantRows } from './fake-tenant-rows.ts'
import type { ChartUse, Hands, UnitCluster, UnitDatabases } from '../../workflows/regions/hands.ts'
import type { Stacks } from '../../workflows/regions/stacks.ts'
import type { StackBackups } from '../../workflows/regions/stack-backups.ts'
import { fakeBackups } from './fake-backups.ts'
import { fakeExports } from './fake-exports.ts'
import { fakePreview } from './fake-preview.ts'
import { fakeStacks } from './fake-stacks.ts'
import { fakeSweep } from './fake-sweep.ts'
import { fakeTenantKeys } from './fake-tenant-keys.ts'
import { fakeTraces } from './fake-traces.ts'
import { databaseFence, dumpOf, fenced, type World } from './fake-world.ts'
import { fakeAdoption, isHome } from './fake-adoption.ts'

export type FakeRegion = {
  hands: Hands
  stacks: Stacks
  rows: TenantRows
  keys: TenantKeys
  backups: StackBackups
  world: World
  dump: () => object
}

const foreign = (what: string) =>
  new Problem('object.foreign', { status: 409, retryable: false, title: `${what} is not what was observed` })
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
    largeObjects: new Set(),
    logins: new Map(),
    fences: new Map(),
    stacks: new Map(),
    keys: new Map(),
    backups: Object.assign(new Map(), { rehearsals: new Set<string>() }),
    writable: new Map(),
    edge: new Map(),
    quarantined: new Set(),
    meddled: new Map(),
    exports: new Map(),
    traces: { cluster: [], databases: [], edge: [], resources: [], exports: [] },
    found: new Map(),
    lacking: [],
  }
  const hands: Hands = {
    render: async (use) => rendered(use),
    cluster: fakeCluster(world),
    databases: fakeDatabases(world),
    images: { has: async (_repository, tag) => !tag.includes('missing'), allowed: async () => ['ledger'] },
    edge: fakeEdge(world),
    exports: fakeExports(world),
    sweep: fakeSweep(world),
    drift: {
      compare: async ({ unitId }) => world.meddled.get(unitId) ?? [],
      versions: async (unitId) => fakeVersions(world, unitId),
      preview: async (unit) => fakePreview(world, unit),
    },
    adoption: fakeAdoption(world),
    orphans: fakeTraces(world),
    guardrails: { lacking: async () => world.lacking },
    attest: async ({ namespace }) => fakeChecks(world, namespace),
    endAttestation: async () => {},
    checkContract: async ({ names, served }) => fakeClauses(world, names.namespace, served.hosts[0] ?? ''),
    close: async () => {},
  }
  return {
    hands,
    stacks: fakeStacks(world),
    rows: fakeTenantRows(world),
    keys: fakeTenantKeys(world),
    backups: fakeBackups(world),
    world,
    dump: () => dumpOf(world),
  }
}

type FakeTenant = { id: string; slug?: string; host?: string }
/** One check that passes while the second tenant of the unit is there, and one that this region has no means for. */
function fakeChecks({ inventories }: World, namespace: string): CheckResult[] {
  const objects = [...inventories.values()].flatMap((inventory) => inventory.objects)
  const probed = objects.some(({ metadata }) => metadata.namespace === probeNamespace(namespace))
  const seen = (holds: Observation['seen']): Observation[] => [
    {
      what: 'the second tenant is there',
      part: 'probe',
      expected: 'holds',
      guards: [],
      seen: holds,
      guard: null,
      said: '',
    },
  ]
  return (['MTB-PL1-CC-TI-2', 'MTB-1201'] as const).map((id) => {
    const observations = seen(id === 'MTB-1201' ? 'unavailable' : probed ? 'holds' : 'error')
    return { id, title: CHECKS[id], outcome: judge(observations), observations }
  })
}

/** One clause that is kept while the tenants of the check are published, and one that nothing shows. */
function fakeClauses({ tenantsFiles }: World, namespace: string, host: string): ClauseResult[] {
  const listed = tenantsFiles.get(`${namespace}/tenants`)?.tenants.some(({ hosts }) => hosts.includes(host)) ?? false
  return (['http.whoami', 'migrate.exit-codes'] as const).map((id) => {
    const holds = id === 'http.whoami' ? listed : null
    const observations = [{ what: 'the tenant of the check', expected: 'served', seen: String(holds), holds }]
    return { id, title: CLAUSES[id], outcome: judgeClause(observations), observations }
  })
}

/** Objects of a unit as applied; one that somebody changed has another version. */
function fakeVersions({ inventories, meddled }: World, unitId: string): LiveVersion[] {
  const changed = new Set(meddled.get(unitId)?.map(({ object }) => object))
  return [...inventories.values()]
    .filter((one) => one.unitId === unitId)
    .flatMap(({ objects, epoch }) =>
      objects.map((object) => {
        const name = nameOf(refOf(object))
        return { object: name, version: changed.has(name) ? 'changed' : 'applied', epoch }
      }),
    )
}

/** One object per chart, named after what it stands for. */
function rendered({ chart, namespace, values }: ChartUse): KubernetesObject[] {
  const {
    component = chart,
    tenant,
    stable,
    quota,
  } = values as { component?: string; tenant?: FakeTenant; stable?: object; quota?: { pods: number } } // our own chart-use.ts
  const name = tenant?.slug ? `tenant-${tenant.slug}` : component
  const object = { apiVersion: 'v1', kind: component, metadata: { name, namespace }, tenant, stable }
  const pods = { apiVersion: 'v1', kind: 'Deployment', metadata: { name, namespace }, spec: { replicas: 2 } }
  if (component === 'workload') return [object, pods]
  if (quota === undefined) return [object]
  const hard = { ...quota, pods: `${quota.pods}` }
  return [object, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name, namespace }, spec: { hard } }]
}

function fakeCluster(world: World): UnitCluster {
  const { inventories, secrets, tenantsFiles, fences, quarantined, meddled, found } = world
  const raise = (owner: Owner) => {
    const seen = fences.get(keyOf(owner)) ?? 0
    if (seen > owner.epoch) throw fenced(keyOf(owner))
    fences.set(keyOf(owner), owner.epoch)
  }
  const has = (namespace: string, kind: string) =>
    [...inventories.values()].some(({ objects }) =>
      objects.some((object) => object.kind === kind && object.metadata.namespace === namespace),
    )
  /** Where no quota is, pods find room. */
  const roomy = (namespace: string) =>
    [...inventories.values()].every(({ objects }) =>
      objects.every(
        ({ kind, metadata, spec }) =>
          kind !== 'ResourceQuota' ||
          metadata.namespace !== namespace ||
          (spec as { hard: { pods: string } }).hard.pods !== '0', // as rendered above
      ),
    )
  const wantsPods = (namespace: string) =>
    [...inventories.values()].some(({ objects }) =>
      objects.some(
        ({ kind, metadata, spec }) =>
          kind === 'Deployment' && metadata.namespace === namespace && (spec as { replicas: number }).replicas > 0, // as rendered above
      ),
    )
  const running = (namespace: string) => wantsPods(namespace) && roomy(namespace)
  const home = ({ part }: Owner) => part === 'cell' || part === 'instance' || part === 'stack'
  const needsHome = (namespace: string) => {
    if (!has(namespace, 'cell') && !has(namespace, 'instance')) throw missing(`namespace ${namespace}`)
  }
  const needs = (namespace: string, kind: string) => {
    if (!has(namespace, kind)) throw missing(`${kind} in ${namespace}`)
  }
  const applyOwned: UnitCluster['applyOwned'] = async (owner, objects, _link, { adopting, held } = {}) => {
    const moved = held === undefined ? [] : fakeMoved(world, owner, objects, held)
    const strange = objects.find((object) => {
      const there = isHome(object) ? found.get(object.metadata.namespace ?? '') : undefined
      return (
        there !== undefined && !inventories.has(keyOf(owner)) && adopting?.get(nameOf(refOf(object))) !== there.version
      )
    })
    if (strange) throw foreign(nameOf(refOf(strange)))
    raise(owner)
    if (!home(owner) && owner.part !== 'probe') needsHome(objects[0]?.metadata.namespace ?? '')
    inventories.set(keyOf(owner), { unitId: owner.unitId, epoch: owner.epoch, objects })
    const kept = new Set(moved.map(nameOf))
    makeGood(meddled, owner.unitId, ({ object }) => !kept.has(object))
    return moved
  }
  const ensureSecret: UnitCluster['ensureSecret'] = async ({ namespace, name, make }) => {
    needsHome(namespace)
    const data = secrets.get(`${namespace}/${name}`) ?? make()
    secrets.set(`${namespace}/${name}`, data)
    return data
  }
  const publishTenants: UnitCluster['publishTenants'] = async ({ namespace, configMap, file }) => {
    needsHome(namespace)
    const key = `${namespace}/${configMap}`
    if ((tenantsFiles.get(key)?.revision ?? -1) < file.revision) tenantsFiles.set(key, file)
  }
  return {
    applyOwned,
    repairOwned: async (owner, objects, link, held) => void (await applyOwned(owner, objects, link, { held })),
    async removeOwned(owner) {
      raise(owner)
      const namespace = inventories.get(keyOf(owner))?.objects[0]?.metadata.namespace
      inventories.delete(keyOf(owner))
      if (!home(owner) || namespace === undefined || found.has(namespace)) return
      for (const store of [secrets, tenantsFiles])
        for (const key of store.keys()) if (key.startsWith(`${namespace}/`)) store.delete(key)
    },
    ensureSecret,
    readSecret: async ({ namespace, name }) => secrets.get(`${namespace}/${name}`),
    async repairSecret({ holds, ...secret }, link) {
      const key = `${secret.namespace}/${secret.name}`
      const fresh = secret.make()
      const spoilt = Object.entries(secrets.get(key) ?? {}).filter(([name, value]) => !holds(name, value))
      if (spoilt.length > 0) secrets.set(key, { ...secrets.get(key), ...fresh })
      return ensureSecret({ ...secret, labels: {} }, link)
    },
    async removeTenants({ namespace, configMap }) {
      tenantsFiles.delete(`${namespace}/${configMap}`)
    },
    async removeSecret({ namespace, name }) {
      secrets.delete(`${namespace}/${name}`)
    },
    waitForDeployment: async ({ namespace }, link) => {
      needs(namespace, 'workload')
      await until(() => running(namespace), link)
    },
    waitForNoPods: ({ namespace }, link) => until(() => !running(namespace), link),
    waitForQuota: async ({ namespace }) => needs(namespace, 'ResourceQuota'),
    async endPods({ namespace }, link) {
      await until(() => !wantsPods(namespace) && !roomy(namespace), link) // a tenant’s own come back as long as there is room
    },
    waitForJob: async ({ namespace }) => needs(namespace, 'migration'),
    publishTenants,
    repairTenants: publishTenants,
    async readTenants({ namespace, configMap }) {
      const file = tenantsFiles.get(`${namespace}/${configMap}`)
      return file && renderTenantsFile(file)
    },
    waitForTenantsRevision: ({ namespace, revision }, link) =>
      until(() => running(namespace) && (tenantsFiles.get(`${namespace}/tenants`)?.revision ?? -1) >= revision, link),
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

/** What is unknown stays. */
const makeGood = (meddled: World['meddled'], whose: string, written: (one: Difference) => boolean = () => true) =>
  meddled.set(
    whose,
    (meddled.get(whose) ?? []).filter((one) => !isRepairable(one) || !written(one)),
  )

/** What somebody did to these objects since an operation was planned that has not written them yet. */
function fakeMoved(
  { inventories, meddled }: World,
  owner: Owner,
  objects: readonly KubernetesObject[],
  held: Held,
): ObjectRef[] {
  const there = inventories.get(keyOf(owner))
  const changed = new Set(meddled.get(owner.unitId)?.map(({ object }) => object))
  const own = held.epochs.has(there?.epoch ?? Number.NaN)
  const moved = (there?.objects ?? [])
    .map(refOf)
    .filter((ref) => !own && (held.versions.get(nameOf(ref)) ?? 'changed') !== 'changed' && changed.has(nameOf(ref)))
  const names = [...moved.map(nameOf), ...otherwiseThanPlanned(objects, held)]
  if (held.moved === 'refuse' && names.length > 0) throw refusal(names)
  return moved
}

function fakeDatabases(world: World): UnitDatabases {
  const { databases, largeObjects, logins, meddled } = world
  const raise = (subject: string, epoch: number) => databaseFence(world, subject, epoch)
  return {
    address: { host: '127.0.0.1', port: 5432 },
    makeSecret: ({ appRole }) => ({ DATABASE_URL: `postgres://${appRole}:fake@127.0.0.1:5432/x` }),
    async create({ names, limits, epoch }) {
      raise(names.database, epoch)
      if (limits) logins.set(names.appRole, limits)
      if (!databases.has(names.database)) databases.set(names.database, new Set())
    },
    async limit({ names, limits, epoch }) {
      raise(names.database, epoch)
      logins.set(names.appRole, limits)
    },
    compare: async ({ names }) => meddled.get(names.database) ?? [],
    holds: (_names, _key, value) => value.startsWith('postgres://'),
    async repair({ names, limits, epoch }) {
      raise(names.database, epoch)
      if (limits) logins.set(names.appRole, limits)
      makeGood(meddled, names.database)
    },
    async drop({ names, epoch }) {
      raise(names.database, epoch)
      logins.delete(names.appRole)
      databases.delete(names.database)
    },
    inspectExport: async ({ names }) => {
      if (largeObjects.has(names.database)) throw databaseProblems['export.large-objects']()
    },
    readRows: ({ names, tenantId }, use) => {
      if (tenantId !== null && largeObjects.has(names.database)) throw databaseProblems['export.large-objects']()
      const held = databases.get(names.database)
      const ids = [...(held ?? [])].filter((id) => tenantId === null || id === tenantId)
      const lines = ids.map((id) => JSON.stringify({ tenant_id: id }))
      const data = held === undefined ? 'none' : tenantId === null ? 'database' : 'rows'
      return use({ data, sections: fed([{ name: 'table rows', lines: fed(lines) }]) })
    },
    end: ({ database }) => fakeEnd(database),
    async eraseTenant({ names, tenantId, epoch }) {
      raise(tenantId, epoch)
      databases.get(names.database)?.delete(tenantId)
    },
  }
}

async function* fed<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

function fakeEdge({ edge, inventories, tenantsFiles }: World): Hands['edge'] {
  const answer = (host: string): { status: number; body: string } => {
    const open = edge.get(host)
    if (!open || open.closed) return { status: 421, body: '' }
    if (open.refusing) return { status: 403, body: '' }
    const routes = [...inventories.values()].flatMap(({ objects }) => objects)
    const route = routes.find(({ tenant }) => (tenant as { host: string } | undefined)?.host === host)
    const file = route && tenantsFiles.get(`${route.metadata.namespace}/tenants`)
    const entry = file?.tenants.find(({ hosts }) => hosts.includes(host))
    if (!entry) return { status: 404, body: '' }
    const pods = routes.find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.namespace === route?.metadata.namespace,
    )
    if ((pods?.['spec'] as { replicas: number } | undefined)?.replicas === 0) return { status: 503, body: '' }
    return entry.state === 'suspended'
      ? { status: 403, body: '' }
      : { status: 200, body: JSON.stringify({ tenant: entry.slug }) }
  }
  return {
    target: 'gateway',
    listedReadOnly: true,
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
