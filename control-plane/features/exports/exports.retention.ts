import type { AuditAppend } from '../../platform/audit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import type { ExportStore } from '../../platform/export-folder.ts'
import type { ExportPlace } from '../../platform/export-stores.ts'
import type { Logger } from '../../platform/logger.ts'
import { exportsStore as store } from './exports.store.ts'

type Deps = {
  database: Pick<Database, 'transaction'>
  audit: AuditAppend
  clock: Clock
  /** Locks the tenant's row: a hold that is being placed comes before or after. */
  lockTenant: (tx: Tx, id: string) => Promise<unknown>
  openStore: (place: ExportPlace) => Pick<ExportStore, 'remove'> | null
  logger: Pick<Logger, 'warn'>
}

/** Exports looked after in one look; the others come with the next. */
const AT_ONCE = 100

/**
 * Deletes exports whose time is over, unless a legal hold lies on their tenant: first the key, on record, so that no copy opens; then
 * the file, again and again until it is gone. Of several processes one deletes. Answers how many keys went.
 */
export async function deleteDue(deps: Deps): Promise<number> {
  const { database, clock } = deps
  const now = clock.now().toISOString()
  let deleted = 0
  for (const { id, tenantId } of await database.transaction((tx) => store.due(tx, now, AT_ONCE))) {
    if (await database.transaction((tx) => forget(deps, tx, { id, tenantId, now }))) deleted += 1
  }
  for (const file of await database.transaction((tx) => store.toRemove(tx, AT_ONCE))) await remove(deps, file)
  return deleted
}

async function forget(
  { audit, lockTenant }: Deps,
  tx: Tx,
  { id, tenantId, now }: { id: string; tenantId: string; now: string },
): Promise<boolean> {
  await lockTenant(tx, tenantId)
  if (!(await store.forget(tx, now, id))) return false
  await audit(tx, {
    stream: `tenant:${tenantId}`,
    tenantId,
    actor: null,
    action: 'export.delete',
    subject: `export:${id}`,
    outcome: 'succeeded',
    requestId: null,
    detail: { because: 'its time was over' },
  })
  return true
}

async function remove(
  { database, clock, openStore, logger }: Deps,
  { id, objectKey, place }: { id: string; objectKey: string; place: unknown },
): Promise<void> {
  try {
    const kept = openStore(place as ExportPlace) // as it was registered
    if (kept === null) return
    await kept.remove(objectKey)
    await database.transaction((tx) => store.removed(tx, id, clock.now().toISOString()))
  } catch (err) {
    logger.warn({ event: 'export.not-removed', exportId: id, err }, 'a file without a key is removed at the next look')
  }
}

const LOOK_EVERY_MS = 60_000

/** Deletes what is due as long as it runs. */
export function startRetention(deps: Deps): { stop: () => Promise<void> } {
  let looking: Promise<unknown> = Promise.resolve()
  const look = () =>
    (looking = deleteDue(deps).catch((err: unknown) =>
      deps.logger.warn({ event: 'exports.not-looked', err }, 'exports are looked at again at the next look'),
    ))
  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref()
  return {
    async stop() {
      clearInterval(timer)
      await looking
    },
  }
}
