import type { Database, Tx } from '../../platform/database.ts'
import type { Drift } from './drift.schema.ts'
import { driftStore } from './drift.store.ts'

type Deps = {
  database: Pick<Database, 'transaction'>
  /** By id or name; throws `unit.not-found`. */
  findUnit: (tx: Tx, reference: string) => Promise<{ id: string; name: string }>
}
export type DriftService = {
  /** What the latest comparison of a unit with the cluster found. Throws `unit.not-found`. */
  get: (reference: string) => Promise<Drift>
}

export const driftService = ({ database, findUnit }: Deps): DriftService => ({
  get: (reference) =>
    database.transaction(async (tx) => {
      const { id, name } = await findUnit(tx, reference)
      const scan = await tx.maybe(driftStore.find, id)
      if (scan === undefined || scan.observedAt === null)
        return { unit: name, observedAt: null, inSync: null, differences: [], fault: scan?.fault ?? null }
      return { unit: name, ...scan, inSync: scan.differences.length === 0 }
    }),
})
