import type { Difference } from '../../control-plane/domain/drift.ts'
import type { RequestLimits } from '../../control-plane/domain/limits.ts'
import type { EdgeRoute } from './edge-routes.ts'

/** `limits` null: the edge keeps none for it. */
export type WantedRoute = Required<Pick<EdgeRoute, 'host' | 'target' | 'unit' | 'tenant' | 'refusing'>> & {
  limits: RequestLimits | null
}

const LIMITS = ['requestsPerSecond', 'burst'] as const satisfies readonly (keyof RequestLimits)[]
const FIELDS = ['target', 'unit', 'tenant', 'refusing'] as const

/** Where the open routes of an edge differ from those that a unit should have; those of other units are not looked at. */
export function edgeDifferences(
  open: readonly EdgeRoute[],
  unit: string,
  wanted: readonly WantedRoute[],
): Difference[] {
  const found = new Map(open.map((route) => [route.host, { ...route, refusing: route.refusing ?? false }]))
  const hosts = new Set(wanted.map(({ host }) => host))
  const ours = wanted.flatMap((route): Difference[] => {
    const base = { object: `EdgeRoute ${route.host}`, tenantId: route.tenant }
    const live = found.get(route.host)
    if (live === undefined) return [{ ...base, what: 'missing', path: null, wanted: null, found: null }]
    const changed = (path: string, should: unknown, is: unknown): Difference[] =>
      should === is
        ? []
        : [{ ...base, what: 'changed', path, wanted: JSON.stringify(should), found: JSON.stringify(is) }]
    return [
      ...FIELDS.flatMap((field) => changed(field, route[field], live[field])),
      ...LIMITS.flatMap((name) => limitDifferences(changed, name, route.limits, live.limits)),
    ]
  })
  const strange = open.filter((route) => route.unit === unit && !hosts.has(route.host))
  return [
    ...ours,
    ...strange.map(({ host }): Difference => ({
      what: 'unknown',
      object: `EdgeRoute ${host}`,
      tenantId: null,
      path: null,
      wanted: null,
      found: null,
    })),
  ]
}

/** An edge that keeps no limits says none, and leaves them to the product. */
const limitDifferences = (
  changed: (path: string, should: unknown, is: unknown) => Difference[],
  name: keyof RequestLimits,
  wanted: RequestLimits | null,
  live: RequestLimits | undefined,
): Difference[] => (wanted === null || live === undefined ? [] : changed(`limits.${name}`, wanted[name], live[name]))
