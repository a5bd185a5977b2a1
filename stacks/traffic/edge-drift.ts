import type { Difference } from '../../control-plane/domain/drift.ts'
import type { EdgeRoute } from './edge-routes.ts'

export type WantedRoute = Required<Pick<EdgeRoute, 'host' | 'target' | 'unit' | 'tenant' | 'refusing'>>

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
    return FIELDS.filter((field) => live[field] !== route[field]).map((field) => ({
      ...base,
      what: 'changed',
      path: field,
      wanted: JSON.stringify(route[field]),
      found: JSON.stringify(live[field]),
    }))
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
