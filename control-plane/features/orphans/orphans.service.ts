import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { problems } from './orphans.errors.ts'
import type { KeepOrphan, ListOrphans, Orphan } from './orphans.schema.ts'
import { orphansStore as store } from './orphans.store.ts'

type Deps = { database: Pick<Database, 'transaction'>; cursors: Cursors; audit: AuditAppend }
export type OrphansService = {
  /** Those that a person has to decide about, or of another state; newest first. Throws `cursor.invalid`. */
  list: (wanted: ListOrphans) => Promise<Page<Orphan>>
  /** Throws `orphan.not-found`. */
  get: (id: string) => Promise<Orphan>
  /** Says that it is known and stays: it is reported no more. Throws `orphan.not-found`, `orphan.gone`. */
  keep: (
    actor: Actor,
    idempotency: Idempotency,
    id: string,
    wanted: KeepOrphan,
  ) => Promise<Answer<Orphan> & { replayed: boolean }>
}

/** What sweeps found and nobody owns. Nothing here removes anything: that is a person's act, see runbooks/OrphansFound.md. */
export const orphansService = ({ database, cursors, audit }: Deps): OrphansService => ({
  async list({ limit = 50, cursor, state = 'reported', region }) {
    const scope = { list: 'orphans', filters: { state, region: region ?? null } }
    const position = cursors.decode(scope, cursor)
    const before = position === undefined ? null : String(position[0])
    const rows = await database.transaction((tx) => store.list(tx, state, region ?? null, before, limit + 1))
    return cursorPage({ cursors, scope, limit, rows, position: ({ id }) => [id], item: (one) => one })
  },
  get: (id) => database.transaction(async (tx) => (await store.find(tx, id)) ?? notFound(id)),
  keep: (actor, { key, fingerprint }, id, { reason }) =>
    database.transaction((tx) =>
      idempotent(tx, actor, key, fingerprint, async () => ({
        status: 200,
        headers: {},
        body: await keep({ audit }, tx, actor, id, reason),
      })),
    ),
})

function notFound(id: string): never {
  throw problems['orphan.not-found']({ detail: `There is no orphan ${id}: GET /v1/orphans lists them` })
}

async function keep({ audit }: Pick<Deps, 'audit'>, tx: Tx, actor: Actor, id: string, reason: string): Promise<Orphan> {
  const { state, kind, name, where, region } = (await store.lock(tx, id)) ?? notFound(id)
  if (state === 'gone') throw problems['orphan.gone']({ detail: `${kind} ${name} in ${where} is not there any more` })
  await audit(tx, {
    stream: 'installation',
    actor,
    action: 'orphan.keep',
    subject: `orphan:${id}`,
    outcome: 'succeeded',
    requestId: actor.requestId,
    detail: { region, kind, name, where, reason },
  })
  return store.keep(tx, id, actor.operatorId, reason)
}
