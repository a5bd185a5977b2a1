import type { LimitOverrides, Limits } from '../../domain/limits.ts'

/** Plan, overrides and the limits they come to: what an update wants, and what the last success confirmed. */
export type Terms = { plan: string; overrides: LimitOverrides; limits: Limits }

/** Input of `tenant.provision` and `tenant.update`: the terms to reach, of that generation of the tenant. */
export type TermsInput = { generation: number; wanted: Terms }
/** Input of the other tenant operations. */
export type TransitionInput = {
  generation: number
  /** Of a removal: who asked for it wants no export kept. */
  withoutExport?: boolean
}
