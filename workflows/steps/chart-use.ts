import type { Compute } from '../../control-plane/domain/compute.ts'
import { type GivenNames, type UnitNames, unitNames, UNIT_LABEL } from '../../control-plane/domain/naming.ts'
import { isOwn, type UnitKind } from '../../control-plane/domain/unit-kinds.ts'
import type { ChartUse, Pods } from '../regions/hands.ts'
import type { ContainerSizes } from './container-sizes.ts'

/** `chart` and `image` are those of its product: what the objects of the product are called follows from its chart. */
export type Unit = {
  id: string
  kind: UnitKind
  name: string
  product: string
  chart: string
  image: string
  version: string
  /** What it adopted keeps its names. */
  given?: GivenNames | null
}
export const namesOf = ({ kind, name, given = null }: Pick<Unit, 'kind' | 'name' | 'given'>): UnitNames =>
  unitNames(kind, name, given)
export type RoutedTenant = { id: string; slug: string; host: string }

/** Pods of the product per cell: two, so that one may go. */
export const REPLICAS = 2
/** What the namespace's quota allows: the pods, as many again while a deployment rolls, and the migration. */
const POD_QUOTA = 2 * REPLICAS + 2

const use = (unit: Unit, chart: string, values: object): ChartUse => {
  const { namespace } = namesOf(unit)
  return {
    chart,
    release: unit.product,
    namespace,
    values: { unit: { id: unit.id, name: unit.name }, namespace, ...values },
  }
}

/** What guardrails are made for: sizes of the product's containers, and the port at which they reach their database. */
export type Held = { container: ContainerSizes; databasePort: number }

/** The namespace of a cell and its guardrails. */
export const cellChart = (unit: Unit, { container, databasePort }: Held): ChartUse =>
  use(unit, 'cell', { capacity: { pods: POD_QUOTA }, container, database: { port: databasePort } })

export const migrationName = (unit: Unit): string => `migrate-${unit.version.replaceAll(/[^a-z0-9]+/g, '-')}`

const MIB_PER_GIB = 1024
/** The chart counts a few objects of the cluster and of the plane itself. */
const FEWEST_OBJECTS = 5

/** The namespace of an instance and its guardrails, with what its tenant's plan grants. */
export function instanceChart(
  unit: Unit,
  tenant: RoutedTenant,
  compute: Compute,
  { container, databasePort }: Held,
): ChartUse {
  const { cpuMillis, memoryMib, ephemeralMib, storageMib, pods } = compute
  const limits = { cpuMillis, memoryMi: memoryMib, ephemeralStorageMi: ephemeralMib }
  const objects = Math.max(FEWEST_OBJECTS, compute.objects)
  const quota = {
    pods,
    requests: limits, // no container may ask for more than its limit
    limits,
    storageGi: Math.floor(storageMib / MIB_PER_GIB),
    configMaps: objects,
    secrets: objects,
    services: objects,
    persistentVolumeClaims: storageMib > 0 ? objects : 0,
    others: objects,
  }
  return use(unit, 'instance', {
    tenant: { id: tenant.id, hosts: [tenant.host] },
    quota,
    container,
    database: { port: databasePort },
  })
}

/** One run of the product's migrations up to the unit's version. */
export const migrationChart = (unit: Unit): ChartUse =>
  productChart(unit, { component: 'migration', migration: { phase: 'expand', name: migrationName(unit) } })

export const workloadChart = (unit: Unit): ChartUse => productChart(unit, { component: 'workload', replicas: REPLICAS })

/** The same objects without pods: templates stay as they are, so that starting again is no new rollout. */
export const stopped = <Rendered extends { kind: string; spec?: unknown }>(objects: readonly Rendered[]): Rendered[] =>
  objects.map((object) =>
    object.kind === 'Deployment' ? { ...object, spec: { ...(object.spec as object), replicas: 0 } } : object,
  )

/** The same guardrails with a quota that lets no pod begin, whoever asks for it: less than the chart lets a plan grant. */
export const withoutRoom = <Rendered extends { kind: string; spec?: unknown }>(
  objects: readonly Rendered[],
): Rendered[] =>
  objects.map((object) => {
    if (object.kind !== 'ResourceQuota') return object
    const spec = object.spec as { hard: Record<string, string> }
    return { ...object, spec: { ...spec, hard: { ...spec.hard, pods: '0' } } }
  })

/** On the pods of the product: a digest of the Secret that they were started with. */
const SECRET_ANNOTATION = 'steward.dev/secret'
type Template = { metadata?: { annotations?: Record<string, string> } }

/** The same objects with a pod template that changes with the Secret, because pods read it only when they start. */
export const readingSecret = <Rendered extends { kind: string; spec?: unknown }>(
  objects: readonly Rendered[],
  digest: string,
): Rendered[] =>
  objects.map((object) => {
    const template = (object.spec as { template?: Template } | undefined)?.template
    if (object.kind !== 'Deployment' || template === undefined) return object
    const annotations = { ...template.metadata?.annotations, [SECRET_ANNOTATION]: digest }
    return {
      ...object,
      spec: { ...(object.spec as object), template: { ...template, metadata: { ...template.metadata, annotations } } },
    }
  })

/** The Deployment that serves a unit (product contract: it is called as the chart). */
export const servingDeployment = (unit: Unit): { namespace: string; name: string } => ({
  namespace: namesOf(unit).namespace,
  name: unit.chart,
})

/** The pods that serve a unit; its migrations are pods of another component. */
export const servingPods = (unit: Unit): Pods => ({
  namespace: namesOf(unit).namespace,
  labels: { [UNIT_LABEL]: unit.id, 'app.kubernetes.io/name': unit.chart, 'app.kubernetes.io/component': 'workload' },
})

/** The route of a tenant that stands for every tenant: rendered once per unit, then `forTenant` puts the names in. */
export const routeChart = (unit: Unit): ChartUse => productChart(unit, { component: 'route', tenant: PLACEHOLDER })

/** A render of the product's chart with the plane's values for the unit, and these instead of or beside them. */
export function productChart(unit: Unit, values: object): ChartUse {
  const { databaseSecret, tenantsConfigMap } = namesOf(unit)
  return use(unit, unit.chart, {
    tenancy: { mode: isOwn(unit.kind) ? 'silo' : 'pool' },
    image: { repository: unit.image },
    stable: { version: unit.version, weight: 100 },
    database: { secret: databaseSecret },
    tenants: { configMap: tenantsConfigMap },
    ...values,
  })
}

const PLACEHOLDER: RoutedTenant = {
  id: '00000000-0000-7000-8000-000000000000',
  slug: 'placeholder',
  host: 'placeholder.invalid',
}

/** The objects rendered for the placeholder, as the tenant's: no process is started per tenant. */
export function forTenant<Rendered>(objects: Rendered, tenant: RoutedTenant): Rendered {
  const names: Readonly<Record<string, string>> = {
    [PLACEHOLDER.id]: tenant.id,
    [PLACEHOLDER.slug]: tenant.slug,
    [PLACEHOLDER.host]: tenant.host,
  }
  const text = JSON.stringify(objects).replaceAll(ANY_PLACEHOLDER, (found) => names[found] ?? found)
  return JSON.parse(text) as Rendered // same shape: only strings were replaced
}

/** One pass, longest first: the host holds the slug, and what was put in is not looked at again. */
const ANY_PLACEHOLDER = new RegExp(
  [PLACEHOLDER.host, PLACEHOLDER.id, PLACEHOLDER.slug].join('|').replaceAll('.', '\\.'),
  'g',
)
