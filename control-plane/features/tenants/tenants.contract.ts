import type { Terms } from '../../domain/limits.ts'
import type { Origin } from '../../domain/moves.ts'

/**
 * Input of `tenant.provision` and `tenant.update`: the terms to reach, of that generation of the tenant; `origin`: of a tenant that soaks, what an
 * abort of its move brings it back to from then on.
 */
export type TermsInput = { generation: number; wanted: Terms; origin?: Origin & { moveId: string } }
/** Input of the other tenant operations. */
export type TransitionInput = {
  generation: number
  /** Of a removal: who asked for it wants no export kept. */
  withoutExport?: boolean
}
