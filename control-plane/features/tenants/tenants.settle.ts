import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { processOf } from '../../domain/operation-kinds.ts'
import type { OperationOutcome } from '../../domain/operation-states.ts'
import {
  comesToBe,
  isTenantKind,
  stateAfter,
  stateDuring,
  type TenantKind,
  type TenantState,
} from '../../domain/tenant-lifecycle.ts'
import { reportCondition, type Report } from '../../platform/conditions.ts'
import type { Tx } from '../../platform/database.ts'
import type { FeatureHooks, HookedOperation } from '../../platform/operation-port.ts'
import type { TermsInput } from './tenants.contract.ts'
import { Terms, type TenantRow } from './tenants.rows.ts'
import { settleStore } from './tenants.settle-store.ts'
import { tenantsStore } from './tenants.store.ts'
import { sameTerms } from './tenants.update.ts'

const TermsWish = Type.Object({ generation: Type.Integer(), wanted: Terms })

/** The terms an operation was asked for; undefined for operations about something else. */
export const termsWanted = ({ input }: Pick<HookedOperation, 'input'>): TermsInput | undefined =>
  Value.Check(TermsWish, input) ? input : undefined

/**
 * Takes an update back that failed or was cancelled: the row holds what the newest other open update wants, else what the last
 * success confirmed. The undo of the workflow calls it before it publishes again, closing calls it once more; twice is once.
 */
export async function restoreTerms(
  tx: Tx,
  operation: Pick<HookedOperation, 'id' | 'kind' | 'tenantId'>,
): Promise<void> {
  if (operation.kind !== 'tenant.update' || operation.tenantId === null) return
  const row = await tenantsStore.lock(tx, operation.tenantId)
  const wanted = await settleStore.wantedBeside(tx, row.id, operation.id)
  if (!sameTerms(row, wanted)) await settleStore.setTerms(tx, row.id, wanted)
}

type Seen = Pick<Report, 'type' | 'status' | 'reason' | 'message'>
const yes = (type: string, reason: string, message: string): Seen => ({ type, status: 'true', reason, message })
const no = (type: string, reason: string, message: string): Seen => ({ type, status: 'false', reason, message })

/** What a state says: `Ready` that the last operation got there and users are served, `Serving` what its address answers. */
const STATES: Readonly<Record<TenantState, readonly Seen[]>> = {
  provisioning: [
    no('Ready', 'Provisioning', 'It is being provisioned'),
    no('Serving', 'Provisioning', 'Its address is not open yet'),
  ],
  active: [yes('Ready', 'Active', 'It is in service'), yes('Serving', 'Probed', 'Its address answered as this tenant')],
  suspending: [no('Ready', 'Suspending', 'It is being suspended')],
  suspended: [
    no('Ready', 'Suspended', 'An operator suspended it'),
    no('Serving', 'Suspended', 'Its address refuses with 403'),
  ],
  resuming: [no('Ready', 'Resuming', 'It is being resumed')],
  decommissioning: [no('Ready', 'Decommissioning', 'It is being removed')],
  decommissioned: [
    no('Ready', 'Decommissioned', 'A separate credential found nothing left of it'),
    no('Serving', 'Decommissioned', 'Its address is closed'),
  ],
  failed: [no('Ready', 'Failed', 'Its last operation did not get there')],
}

/** A way back ends in what is published; whether the address answers like that, nobody has looked. */
const unprobed = (seen: readonly Seen[]): readonly Seen[] =>
  seen.map((one) =>
    one.type === 'Serving'
      ? { ...one, status: 'unknown', reason: 'NotProbed', message: 'Nobody has asked its address since' }
      : one,
  )

/** Whether its unit serves it under the terms of its row. */
const SYNCED: Readonly<Record<'during' | OperationOutcome, Seen>> = {
  during: no('Synced', 'Updating', 'Its unit is being told the new terms'),
  succeeded: yes('Synced', 'Published', 'Every pod of its unit has the terms of this generation'),
  failed: no('Synced', 'UpdateFailed', 'The update did not get there; the terms before it hold again'),
  cancelled: yes('Synced', 'UpdateCancelled', 'The update was cancelled; the terms before it hold'),
}

async function report(tx: Tx, row: TenantRow, operation: HookedOperation, seen: readonly Seen[]): Promise<void> {
  for (const one of seen) {
    const message = one.reason.endsWith('Failed')
      ? `${one.message} (${operation.kind}, operation ${operation.id})`
      : one.message
    const subject = `tenant:${row.id}` as const
    await reportCondition(tx, { ...one, message, subject, tenantId: row.id, observedGeneration: row.generation })
  }
}

/** The row holds what they want: an operation that ends before them has not brought its unit there. */
const updatesOpen = async (tx: Tx, tenantId: string): Promise<boolean> =>
  (await tenantsStore.openKinds(tx, tenantId)).some(({ kind }) => kind === 'tenant.update')

async function settle(
  tx: Tx,
  operation: HookedOperation,
  next: (kind: TenantKind, row: TenantRow) => TenantState,
  synced: 'during' | OperationOutcome,
): Promise<void> {
  const { kind, tenantId } = operation
  if (!isTenantKind(kind) || tenantId === null) return
  const row = await tenantsStore.lock(tx, tenantId)
  const state = next(kind, row)
  if (state !== row.state) await settleStore.setState(tx, tenantId, state)
  const terms =
    kind === 'tenant.update' || (comesToBe(kind) && synced === 'succeeded')
      ? [SYNCED[synced !== 'failed' && (await updatesOpen(tx, tenantId)) ? 'during' : synced]]
      : []
  const seen =
    state === row.state ? [] : synced === 'failed' || synced === 'cancelled' ? unprobed(STATES[state]) : STATES[state]
  await report(tx, row, operation, [...seen, ...terms])
}

/** State, conditions and confirmed terms of a tenant as its operations begin and end; other kinds are none of its business. */
export const tenantHooks: Omit<FeatureHooks, 'onRetry'> = {
  async onAdmitted(tx, operation) {
    if (comesToBe(operation.kind)) await born(tx, operation)
    await settle(tx, operation, (kind, { state }) => stateDuring(kind, state), 'during')
  },
  async onClosed(tx, operation, outcome) {
    const wish = termsWanted(operation)
    if (outcome === 'succeeded' && wish !== undefined && operation.tenantId !== null) {
      await settleStore.confirm(tx, operation.tenantId, wish.wanted)
    } else {
      await restoreTerms(tx, operation)
    }
    const back = outcome !== 'succeeded' && (await hasTurnedBack(tx, operation))
    await settle(tx, operation, (kind, row) => stateAfter(kind, outcome, { ...row, turnedBack: back }), outcome)
  },
}

/** Of every way to remove a tenant the first step that changes something. */
const FIRST_EFFECT = 'close-edge'
/** Of a removal: whether the tenant has everything again that it had. */
async function hasTurnedBack(tx: Tx, { id, kind, unitKind }: HookedOperation): Promise<boolean> {
  if (kind !== 'tenant.decommission') return false
  const { pointOfNoReturn } = processOf(kind, unitKind)
  return settleStore.turnedBack(tx, id, FIRST_EFFECT, pointOfNoReturn ?? '')
}

/** A new tenant is in its first state already, so nothing changes that could report it. */
async function born(tx: Tx, operation: HookedOperation): Promise<void> {
  if (operation.tenantId === null) return
  const row = await tenantsStore.lock(tx, operation.tenantId)
  if (row.state === 'provisioning') await report(tx, row, operation, STATES.provisioning)
}
