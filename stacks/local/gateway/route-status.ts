import { type KubeClient, KubeError } from '../kube/client.ts'
import type { Log } from '../kube/log.ts'
import type { HttpRoute, ParentStatus, RouteCondition } from './gateway-types.ts'
import { type GatewayName, type Refusal, parentsOf, serviceOf } from './route-table.ts'

export const CONTROLLER_NAME = 'steward.dev/local-gateway'

type Verdict = Pick<RouteCondition, 'type' | 'status' | 'reason' | 'message'>

/** What the route's conditions should say, without times. */
export function verdicts(
  route: HttpRoute,
  refusal: Refusal | undefined,
  serviceExists: (key: string) => boolean,
): Verdict[] {
  const refs = (route.spec.rules ?? []).flatMap((rule) => rule.backendRefs ?? [])
  const foreign = refs.find((ref) => serviceOf(route, ref) === null)
  const missing = refs.find((ref) => !serviceExists(serviceOf(route, ref) ?? ''))
  const resolved = foreign
    ? {
        status: 'False' as const,
        reason: 'RefNotPermitted',
        message: `${foreign.name}: only Services of the route's namespace`,
      }
    : missing
      ? { status: 'False' as const, reason: 'BackendNotFound', message: `no Service ${missing.name}` }
      : { status: 'True' as const, reason: 'ResolvedRefs', message: 'every backend exists' }
  const accepted = refusal
    ? { status: 'False' as const, ...refusal }
    : { status: 'True' as const, reason: 'Accepted', message: 'served by the local gateway' }
  return [
    { type: 'Accepted', ...accepted },
    { type: 'ResolvedRefs', ...resolved },
  ]
}

/** The whole `status.parents` of a route, other controllers' entries kept; null when it already says so. */
export function nextParents(
  route: HttpRoute,
  gateway: GatewayName,
  wanted: readonly Verdict[],
  now: string,
): ParentStatus[] | null {
  const current = route.status?.parents ?? []
  const ours = current.filter(({ controllerName }) => controllerName === CONTROLLER_NAME)
  const generation = route.metadata.generation ?? 0
  const fresh = parentsOf(route, gateway).map((parentRef): ParentStatus => {
    const before = ours.find((entry) => JSON.stringify(sorted(entry.parentRef)) === JSON.stringify(sorted(parentRef)))
    const conditions = wanted.map((verdict): RouteCondition => {
      const old = before?.conditions.find(({ type }) => type === verdict.type)
      const since = old?.status === verdict.status ? old.lastTransitionTime : now
      return { ...verdict, observedGeneration: generation, lastTransitionTime: since }
    })
    return { parentRef, controllerName: CONTROLLER_NAME, conditions }
  })
  if (canonical(ours) === canonical(fresh)) return null
  return [...current.filter(({ controllerName }) => controllerName !== CONTROLLER_NAME), ...fresh]
}

const sorted = (value: object): object =>
  Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
const canonical = (parents: readonly ParentStatus[]): string =>
  JSON.stringify(
    parents.map(({ parentRef, conditions }) => [
      sorted(parentRef),
      conditions.map(({ type, status, reason, message, observedGeneration }) => [
        type,
        status,
        reason,
        message,
        observedGeneration,
      ]),
    ]),
  )

/** Writes it; a route that changed meanwhile or is gone is left to its next event. */
export async function writeParents(
  client: KubeClient,
  route: HttpRoute,
  parents: ParentStatus[],
  log: Log,
): Promise<void> {
  const { namespace, name, resourceVersion } = route.metadata
  const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes/${name}/status`
  try {
    await client.merge(path, { metadata: { resourceVersion }, status: { parents } })
  } catch (error) {
    const overtaken = error instanceof KubeError && (error.status === 409 || error.status === 404)
    if (!overtaken)
      log.warn(
        { event: 'gateway.status-failed', route: `${namespace}/${name}`, err: error },
        'route status not written',
      )
  }
}
