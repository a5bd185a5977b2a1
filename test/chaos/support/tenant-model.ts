import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'

/** An operation that has ended, in the order in which it was admitted. */
export type Ended = {
  id: string
  kind: OperationKind
  state: string
  code: string | null
  burst: string | null
  version: string | null
}
/** What there must be in the end; null: the model does not say. */
export type Expected = { state: string; burst: string | null; status: number | null }

const ANSWERS: Readonly<Record<string, number>> = { active: 200, suspended: 403, decommissioned: 404 }

/**
 * What became of a tenant, told from the outcomes alone: what succeeded counts, what was cancelled or failed changed nothing. A
 * provisioning that came to nothing leaves a failed tenant, and so does a removal that failed.
 */
export function expectedOf(ended: readonly Ended[]): Expected {
  let state = 'none'
  let burst: string | null = null
  for (const { kind, state: outcome, burst: wanted } of ended) {
    const succeeded = outcome === 'succeeded'
    if (kind === 'tenant.provision') state = succeeded ? 'active' : 'failed'
    if (kind === 'tenant.suspend' && succeeded) state = 'suspended'
    if (kind === 'tenant.resume' && succeeded) state = 'active'
    if (kind === 'tenant.decommission' && outcome !== 'cancelled') state = succeeded ? 'decommissioned' : 'failed'
    if ((kind === 'tenant.update' || kind === 'tenant.provision') && succeeded) burst = wanted
  }
  return { state, burst, status: ANSWERS[state] ?? null }
}

/** The version of a unit, told from the outcomes of its deployments: each that succeeded counts, every other one was taken back. */
export const versionOf = (ended: readonly Ended[], first = '1.0.0'): string =>
  ended.findLast(({ kind, state }) => kind === 'unit.deploy' && state === 'succeeded')?.version ?? first
