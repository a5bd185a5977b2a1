import type { Actor } from '../../platform/auth.ts'
import type { Database } from '../../platform/database.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Accepted, Page } from '../../platform/schemas.ts'
import { askToBackUp, type AskDeps } from './backups.ask.ts'
import type { Backup, ListBackups } from './backups.schema.ts'
import { backupsStore as store } from './backups.store.ts'

type Deps = AskDeps & { database: Pick<Database, 'transaction'>; cursors: Cursors }
export type BackupsService = {
  /** Backups of a unit, newest first. Throws `unit.not-found`, `cursor.invalid`. */
  list: (reference: string, wanted: ListBackups) => Promise<Page<Backup>>
  /** Asks for one. Throws `unit.not-found` and what `askToBackUp` throws. */
  take: (actor: Actor, idempotency: Idempotency, reference: string) => Promise<Answer<Accepted> & { replayed: boolean }>
}

/** Backups of the databases of dedicated stacks. */
export const backupsService = ({ database, cursors, ...asks }: Deps): BackupsService => ({
  list: (reference, { limit = 50, cursor, removed = false }) =>
    database.transaction(async (tx) => {
      const { id } = await asks.findUnit(tx, reference)
      const scope = { list: 'backups', filters: { unit: id, removed } }
      const position = cursors.decode(scope, cursor)
      const before = position === undefined ? null : String(position[0])
      const rows = await store.list(tx, id, removed, before, limit + 1)
      return cursorPage({ cursors, scope, limit, rows, position: (row) => [row.id], item: (row) => row })
    }),
  take: (actor, { key, fingerprint }, reference) =>
    database.transaction((tx) =>
      idempotent(tx, actor, key, fingerprint, async (): Promise<Answer<Accepted>> => {
        const accepted = await askToBackUp(asks, tx, await asks.findUnit(tx, reference), actor)
        return { status: 202, headers: { location: `/v1/operations/${accepted.operationId}` }, body: accepted }
      }),
    ),
})
