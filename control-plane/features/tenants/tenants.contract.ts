import type { Terms } from '../../domain/limits.ts'

/** Input of `tenant.provision` and `tenant.update`: the terms to reach, of that generation of the tenant. */
export type TermsInput = { generation: number; wanted: Terms }
/** Input of the other tenant operations. */
export type TransitionInput = {
  generation: number
  /** Of a removal: who asked for it wants no export kept. */
  withoutExport?: boolean
}
