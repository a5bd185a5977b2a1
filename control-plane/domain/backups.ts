/** Days that a backup is kept where the region says nothing else. */
export const BACKUP_DAYS = 14
const DAY_MS = 86_400_000

/** One that is in its store; `verifiedAt` null: nobody has seen that it restores. */
export type KeptBackup = { id: string; takenAt: string; verifiedAt: string | null }

/**
 * Those whose time is over at `now`. The newest that was verified always stays, however old it is: a stack whose backups fail keeps
 * the last one that would help.
 */
export function overdue<B extends KeptBackup>(kept: readonly B[], now: Date, days: number): readonly B[] {
  const newest = kept
    .filter(({ verifiedAt }) => verifiedAt !== null)
    .toSorted((a, b) => (a.takenAt < b.takenAt ? -1 : 1))
    .at(-1)
  const before = now.getTime() - days * DAY_MS
  return kept.filter(({ id, takenAt }) => id !== newest?.id && Date.parse(takenAt) < before)
}

/** One table of a database and how many rows it had. */
export type TableCount = { table: string; rows: number }

/** Tables that do not hold what they should, as sentences; empty: a restored database is what was dumped. */
export function countFaults(wanted: readonly TableCount[], found: readonly TableCount[]): readonly string[] {
  const [was, is] = [wanted, found].map((counts) => new Map(counts.map(({ table, rows }) => [table, rows])))
  const tables = [...new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])].toSorted()
  return tables
    .filter((table) => was?.get(table) !== is?.get(table))
    .map((table) => `${table} has ${is?.get(table) ?? 'no place'} instead of ${was?.get(table) ?? 'no place'}`)
}

/** What a data key of a backup is wrapped for: it opens for nothing else. */
export const backupContext = (tenantId: string, operationId: string) => ({ tenant: tenantId, backup: operationId })

/**
 * Generations before `current` that open nothing that is kept. `needed` holds, for each thing that the key seals, its generation; null:
 * it was not noted, and then any may be needed.
 */
export function endable(current: number, needed: readonly (number | null)[]): readonly number[] {
  if (needed.includes(null)) return []
  const used = new Set(needed)
  return Array.from({ length: current - 1 }, (_, index) => index + 1).filter((generation) => !used.has(generation))
}
