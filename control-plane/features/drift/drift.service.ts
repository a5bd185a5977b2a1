import type { Actor } from '../../platform/auth.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import type { Accepted } from '../../platform/schemas.ts'
import { askToReconcile, type ReconcileDeps } from './drift.reconcile.ts'
import { repairsStore } from './drift.repairs-store.ts'
import type { Drift } from './drift.schema.ts'
import { driftStore } from './drift.store.ts'

type Deps = ReconcileDeps & {
  database: Pick<Database, 'transaction'>
  /** By id or name; throws `unit.not-found`. */
  findUnit: (tx: Tx, reference: string) => Promise<{ id: string; name: string; region: string }>
}
export type DriftService = {
  /** What the latest comparison of a unit found, and the latest repair. Throws `unit.not-found`. */
  get: (reference: string) => Promise<Drift>
  /** Asks that a unit is repaired. Throws `unit.not-found` and what `askToReconcile` throws. */
  reconcile: (
    actor: Actor,
    idempotency: Idempotency,
    asked: { reference: string; planned?: boolean | undefined },
  ) => Promise<Answer<Accepted> & { replayed: boolean }>
}

export const driftService = ({ database, findUnit, ...asks }: Deps): DriftService => ({
  get: (reference) =>
    database.transaction(async (tx) => {
      const { id, name } = await findUnit(tx, reference)
      const scan = await tx.maybe(driftStore.find, id)
      const repair = (await repairsStore.latest(tx, id)) ?? null
      if (scan === undefined)
        return { unit: name, observedAt: null, inSync: null, differences: [], repair, fault: null, stack: null }
      const { stackObservedAt, stackFault, ...known } = scan
      const stack =
        stackObservedAt === null && stackFault === null ? null : { observedAt: stackObservedAt, fault: stackFault }
      const inSync = scan.observedAt === null ? null : scan.differences.length === 0
      return { unit: name, ...known, repair, inSync, stack }
    }),
  reconcile: (actor, { key, fingerprint }, { reference, planned }) =>
    database.transaction((tx) =>
      idempotent(tx, actor, key, fingerprint, async (): Promise<Answer<Accepted>> => {
        const accepted = await askToReconcile(asks, tx, await findUnit(tx, reference), { actor, planned })
        return { status: 202, headers: { location: `/v1/operations/${accepted.operationId}` }, body: accepted }
      }),
    ),
})
