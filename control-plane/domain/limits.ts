import type { FieldFault } from './problem.ts'

/** What one tenant may use of its unit: enforced by the product from the tenants file, summed by placement. */
export type Limits = {
  /** Sustained requests per second. */
  requestsPerSecond: number
  /** Requests allowed at once above the sustained rate. */
  burst: number
  /** Longest time one SQL statement may take, in milliseconds. */
  statementTimeoutMs: number
}

/** What of it can be kept before a request reaches the product. */
export type RequestLimits = Pick<Limits, 'requestsPerSecond' | 'burst'>

/** What a cell can carry: a number of tenants, and the sum of their `requestsPerSecond`. */
export type Capacity = { tenants: number; requestsPerSecond: number }

/** Deviations from the plan agreed with one tenant; what is not named stays as the plan says. */
export type LimitOverrides = Partial<Limits>
/** A change of overrides as JSON merge patch (RFC 7396): null takes an override back. */
export type LimitPatch = { readonly [Name in keyof Limits]?: number | null }

export const LIMIT_NAMES = [
  'requestsPerSecond',
  'burst',
  'statementTimeoutMs',
] as const satisfies readonly (keyof Limits)[]

/**
 * How far an override may go: at least `least`, at most `factor` times what the plan grants. Above that the tenant has
 * outgrown its plan, and a larger plan (with its price and its objectives) is the honest answer.
 */
export const OVERRIDE_BOUNDS: Readonly<Record<keyof Limits, { least: number; factor: number }>> = {
  requestsPerSecond: { least: 1, factor: 5 },
  burst: { least: 1, factor: 5 },
  statementTimeoutMs: { least: 100, factor: 4 },
}

export const applyOverrides = (plan: Limits, overrides: LimitOverrides): Limits => ({ ...plan, ...overrides })

/** The overrides after a patch; a patch of null takes all of them back. */
export function patchOverrides(current: LimitOverrides, patch: LimitPatch | null | undefined): LimitOverrides {
  if (patch === undefined) return current
  const next: LimitOverrides = patch === null ? {} : { ...current }
  for (const name of LIMIT_NAMES) {
    const wanted = patch?.[name]
    if (wanted === null) delete next[name]
    else if (wanted !== undefined) next[name] = wanted
  }
  return next
}

/** Overrides outside their bounds under `plan`, one fault each; empty when all are fine. */
export function overrideFaults(plan: Limits, overrides: LimitOverrides): FieldFault[] {
  return LIMIT_NAMES.flatMap((name) => {
    const wanted = overrides[name]
    const { least, factor } = OVERRIDE_BOUNDS[name]
    const most = plan[name] * factor
    if (wanted === undefined || (Number.isInteger(wanted) && wanted >= least && wanted <= most)) return []
    const message = `must be a whole number from ${least} to ${most} (${factor} times what the plan grants), not ${wanted}`
    return [{ pointer: `/limits/${name}`, rule: 'limits.bounds', message }]
  })
}

export const sameLimits = (a: LimitOverrides, b: LimitOverrides): boolean =>
  LIMIT_NAMES.every((name) => a[name] === b[name])

/** Plan, overrides and the limits they come to: what an update or a move wants, and what the last success confirmed. */
export type Terms = { plan: string; overrides: LimitOverrides; limits: Limits }
