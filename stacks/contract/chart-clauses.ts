import { TENANT_LABEL, UNIT_LABEL } from '../../control-plane/domain/naming.ts'
import type { Sighting } from '../../control-plane/domain/contract.ts'
import { canonical } from '../kubernetes/canonical.ts'
import type { KubernetesObject } from '../kubernetes/objects.ts'
import { same, saw, type Seen } from './sighting.ts'

/** Renders one component of a product's chart with the plane's values for a unit, and these instead of or beside them. */
export type RenderComponent = (values: object) => Promise<KubernetesObject[]>
export type ChartFacts = {
  chart: string
  unitId: string
  image: string
  version: string
  secret: string
  configMap: string
  render: RenderComponent
}

const TRIAL = {
  canary: { version: '9.9.9-canary', weight: 7 },
  repository: 'registry.example/trial/product',
  secret: 'trial-secret',
  configMap: 'trial-tenants',
  migration: { phase: 'contract', name: 'trial-migration' },
  tenant: { id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c99', slug: 'trial', host: 'trial.invalid' },
  gateway: { name: 'trial-gateway', namespace: 'trial-namespace' },
} as const
const WORKLOAD = { component: 'workload', replicas: 2 }
const MIGRATION = { component: 'migration', migration: TRIAL.migration }
const ROUTE = { component: 'route', tenant: TRIAL.tenant }

type Part = Readonly<Record<string, unknown>>
const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null
/** What lies at a path; undefined where the way ends. */
const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((found, name) => (isPart(found) ? found[name] : undefined), value)
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const named = (objects: readonly KubernetesObject[], kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata.name === name)
const podOf = (object: unknown) => at(object, 'spec', 'template', 'spec')
const containersOf = (object: unknown) => list(at(podOf(object), 'containers'))
const holdsText = (value: unknown, text: string): boolean =>
  JSON.stringify(value ?? null).includes(JSON.stringify(text))

/** Looks at what the chart renders, with other values, too: a value that changes nothing is not used. */
export async function chartClauses(facts: ChartFacts): Promise<Seen> {
  const { chart, render } = facts
  const [workload, canary, migration, route, splitRoute] = await Promise.all(
    [
      WORKLOAD,
      { ...WORKLOAD, canary: TRIAL.canary },
      MIGRATION,
      { ...ROUTE, gateway: TRIAL.gateway },
      { ...ROUTE, stable: { version: facts.version, weight: 93 }, canary: TRIAL.canary },
    ].map(render),
  )
  const all = [...(workload ?? []), ...(migration ?? []), ...(route ?? [])]
  const deployment = named(workload ?? [], 'Deployment', chart)
  const job = migration?.find(({ kind }) => kind === 'Job')
  return {
    // A render that could differ from the next is refused before this: see chart-purity.ts.
    'chart.pure': [saw('workload, migration and route', 'rendered', 'rendered', true)],
    'chart.names': names(chart, workload ?? []),
    'chart.labels': labels(facts, all, deployment),
    'chart.account': [deployment, job].map((object, n) =>
      same(
        `service account of ${n === 0 ? 'pods that serve' : 'pods that migrate'}`,
        'product',
        at(podOf(object), 'serviceAccountName'),
      ),
    ),
    'chart.image': await image(facts, deployment),
    'chart.canary': canaryOf(facts, canary ?? [], splitRoute ?? []),
    'chart.tenancy': await tenancy(facts, workload ?? []),
    'chart.database': await database(facts),
    'chart.tenants-file': await tenantsFile(facts),
    'chart.probes': probes(deployment),
    'chart.migration': migrationOf(job),
    'chart.route': routeOf(chart, route ?? []),
  }
}

const names = (chart: string, workload: readonly KubernetesObject[]): Sighting[] =>
  ['Deployment', 'Service'].map((kind) => {
    const found = workload.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name)
    return saw(`the ${kind}`, chart, found.join(', ') || 'none', found.includes(chart))
  })

function labels({ chart, unitId }: ChartFacts, all: readonly KubernetesObject[], deployment: unknown): Sighting[] {
  const pods = at(deployment, 'spec', 'template', 'metadata', 'labels')
  const wanted = { 'app.kubernetes.io/name': chart, 'app.kubernetes.io/component': 'workload', [UNIT_LABEL]: unitId }
  return [
    ...Object.entries(wanted).map(([label, value]) =>
      same(`label ${label} of pods that serve`, value, at(pods, label)),
    ),
    ...all.map(({ kind, metadata }) => {
      const tenant = kind === 'HTTPRoute' ? TRIAL.tenant.id : 'none'
      const found = [metadata.labels?.[UNIT_LABEL], metadata.labels?.[TENANT_LABEL]]
      return same(`labels ${UNIT_LABEL} and ${TENANT_LABEL} of ${kind} ${metadata.name}`, [unitId, tenant], found)
    }),
  ]
}

async function image(
  { chart, image: repository, version, render }: ChartFacts,
  deployment: unknown,
): Promise<Sighting[]> {
  const other = named(await render({ ...WORKLOAD, image: { repository: TRIAL.repository } }), 'Deployment', chart)
  const imagesOf = (object: unknown) => containersOf(object).map((container) => at(container, 'image'))
  const has = (object: unknown, wanted: string) =>
    saw('images of its containers', wanted, imagesOf(object).join(', ') || 'none', imagesOf(object).includes(wanted))
  return [has(deployment, `${repository}:${version}`), has(other, `${TRIAL.repository}:${version}`)]
}

function canaryOf({ chart }: ChartFacts, workload: readonly KubernetesObject[], route: readonly KubernetesObject[]) {
  const name = `${chart}-canary`
  const deployment = named(workload, 'Deployment', name)
  const images = containersOf(deployment).map((container) => String(at(container, 'image')))
  const { version, weight } = TRIAL.canary
  const backends = list(
    at(
      route.find(({ kind }) => kind === 'HTTPRoute'),
      'spec',
      'rules',
      0,
      'backendRefs',
    ),
  )
  const weights = Object.fromEntries(backends.map((backend) => [String(at(backend, 'name')), at(backend, 'weight')]))
  return [
    saw(
      `Deployment ${name} with a canary of ${version}`,
      `an image of it`,
      images.join(', ') || 'none',
      images.some((one) => one.endsWith(`:${version}`)),
    ),
    saw(
      `Service ${name} with a canary`,
      'there',
      named(workload, 'Service', name) ? 'there' : 'missing',
      named(workload, 'Service', name) !== undefined,
    ),
    same('weights of a route with a canary', { [chart]: 93, [name]: weight }, weights),
  ]
}

async function tenancy({ chart, render }: ChartFacts, workload: readonly KubernetesObject[]): Promise<Sighting[]> {
  const [pool, silo] = await Promise.all(['pool', 'silo'].map((mode) => render({ ...WORKLOAD, tenancy: { mode } })))
  const pods = (objects: readonly KubernetesObject[] = workload) =>
    canonical(podOf(named(objects, 'Deployment', chart)) ?? null)
  const differ = pods(pool) !== pods(silo)
  return [saw('pods of a pool and of a silo', 'told apart', differ ? 'told apart' : 'the same', differ)]
}

async function database({ chart, secret, render }: ChartFacts): Promise<Sighting[]> {
  const sightings = async (what: string, values: object, kind: string) => {
    const pods = async (wanted: string) =>
      podOf(
        (await render({ ...values, database: { secret: wanted } })).find(
          (object) => object.kind === kind && (kind === 'Job' || object.metadata.name === chart),
        ),
      )
    const both = [holdsText(await pods(secret), secret), holdsText(await pods(TRIAL.secret), TRIAL.secret)]
    return saw(
      `${what} with database.secret`,
      'uses it',
      both.every(Boolean) ? 'uses it' : 'does not name it',
      both.every(Boolean),
    )
  }
  return [
    await sightings('a pod that serves', WORKLOAD, 'Deployment'),
    await sightings('a pod that migrates', MIGRATION, 'Job'),
  ]
}

async function tenantsFile({ chart, render }: ChartFacts): Promise<Sighting[]> {
  const objects = await render({ ...WORKLOAD, tenants: { configMap: TRIAL.configMap } })
  const pod = podOf(named(objects, 'Deployment', chart))
  const volume = list(at(pod, 'volumes')).find((one) => at(one, 'configMap', 'name') === TRIAL.configMap)
  const mounted = containersOf({ spec: { template: { spec: pod } } }).some((container) =>
    list(at(container, 'volumeMounts')).some(
      (mount) => volume !== undefined && at(mount, 'name') === at(volume, 'name') && at(mount, 'subPath') === undefined,
    ),
  )
  const seen =
    volume === undefined ? 'no volume of it' : mounted ? 'mounted' : 'not mounted, or as one file that never changes'
  return [saw('the ConfigMap of tenants.configMap', 'mounted', seen, mounted)]
}

function probes(deployment: unknown): Sighting[] {
  const containers = containersOf(deployment)
  const paths = (probe: string) => containers.map((container) => at(container, probe, 'httpGet', 'path'))
  return [
    saw('liveness probe', '/healthz', paths('livenessProbe').join(', '), paths('livenessProbe').includes('/healthz')),
    saw('readiness probe', '/readyz', paths('readinessProbe').join(', '), paths('readinessProbe').includes('/readyz')),
  ]
}

function migrationOf(job: KubernetesObject | undefined): Sighting[] {
  const { name, phase } = TRIAL.migration
  const args = containersOf(job).flatMap((container) => [
    ...list(at(container, 'command')),
    ...list(at(container, 'args')),
  ])
  const text = args.join(' ')
  return [
    same('name of the Job', name, job?.metadata.name),
    saw('its arguments', `migrate --phase ${phase}`, text || 'none', text.includes(`migrate --phase ${phase}`)),
  ]
}

function routeOf(chart: string, objects: readonly KubernetesObject[]): Sighting[] {
  const route = objects.find(({ kind }) => kind === 'HTTPRoute')
  const backends = list(at(route, 'spec', 'rules', 0, 'backendRefs')).map((backend) => at(backend, 'name'))
  return [
    same('hosts of the HTTPRoute', [TRIAL.tenant.host], at(route, 'spec', 'hostnames')),
    same(
      'name and namespace of its Gateway',
      [TRIAL.gateway.name, TRIAL.gateway.namespace],
      ['name', 'namespace'].map((field) => at(route, 'spec', 'parentRefs', 0, field)),
    ),
    same('Services that it leads to', [chart], backends),
  ]
}
