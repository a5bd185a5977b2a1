import { chown, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { syncFolder } from '../../../process/write-file.ts'
import type { PostgresBinaries } from '../../servers/postgres-binaries.ts'
import { runAs, type DataHands } from '../../servers/postgres-data.ts'
import type { ResourceContext } from '../resource-kind.ts'
import { resourceProblems } from '../resource.errors.ts'
import { clusterPaths } from './cluster-files.ts'
import { asSuperuser } from './connect.ts'
import type { MemberName } from './members.ts'
import { ensureSlot } from './slots.ts'
import { connectionText, replicationConnection, slotOf } from './settings.ts'

/** A copy that fails while the primary answers has a fault that trying will not mend. */
const ATTEMPTS = 5
const PRIMARY_WITHIN_MS = 120_000
const ASK_EVERY_MS = 100

/** Waits until the primary answers; it may just be starting, or be replaying its log after a crash. */
async function untilItAnswers(at: ResourceContext, primary: MemberName, signal: AbortSignal): Promise<void> {
  for (const deadline = Date.now() + PRIMARY_WITHIN_MS; ;) {
    signal.throwIfAborted()
    try {
      return await asSuperuser(at, primary, async (client) => void (await client.query('select 1')))
    } catch (cause) {
      if (Date.now() > deadline)
        throw resourceProblems['postgres.copy-failed']({ detail: `${primary} does not answer`, cause })
    }
    await pause(ASK_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
}

/**
 * A slot to copy with. One that an interrupted copy still holds is taken from it; one that is lost keeps nothing any more, and is
 * made anew.
 */
const takeSlot = (at: ResourceContext, primary: MemberName, member: MemberName): Promise<void> =>
  asSuperuser(at, primary, async (client) => {
    const ours = 'from pg_replication_slots where slot_name = $1'
    await client.query(`select pg_terminate_backend(active_pid, 5000) ${ours} and active_pid is not null`, [
      slotOf(member),
    ])
    await client.query(`select pg_drop_replication_slot(slot_name) ${ours} and wal_status = 'lost'`, [slotOf(member)])
    await ensureSlot(client, member)
  })

/** Tells the copy to follow. On the disk before the copy gets its name: without it it would be a second primary. */
async function markStandby(data: string, { account }: Pick<DataHands, 'account'>): Promise<void> {
  const path = join(data, 'standby.signal')
  const handle = await open(path, 'w', 0o600)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  if (account) await chown(path, account.uid, account.gid)
  await syncFolder(data)
}

/**
 * Makes a member's data a copy of the primary's, whole or not at all: what an interrupted copy left is thrown away. Goes on when the
 * primary is killed meanwhile. Fails with `postgres.copy-failed`.
 */
export async function copyPrimary(
  at: ResourceContext,
  { primary, member }: { primary: MemberName; member: MemberName },
  binaries: PostgresBinaries,
  hands: DataHands & { signal: AbortSignal },
): Promise<void> {
  const paths = clusterPaths(at.folder)
  const half = join(paths.member(member), 'data.new')
  const connection = replicationConnection({ name: member, otherPort: at.port(primary), files: paths.files(member) })
  const from = connectionText({ ...connection, application_name: `${member}-copy` })
  const options = ['-D', half, '-d', from, '-S', slotOf(member), '-X', 'stream', '-c', 'fast', '--no-password']
  for (let attempt = 1; ; attempt += 1) {
    await untilItAnswers(at, primary, hands.signal)
    await rm(half, { recursive: true, force: true })
    try {
      await takeSlot(at, primary, member)
      const sync = hands.throwAway ? ['--no-sync'] : []
      await runAs(join(binaries.folder, 'pg_basebackup'), [...options, ...sync], hands)
      break
    } catch (cause) {
      await rm(half, { recursive: true, force: true })
      hands.signal.throwIfAborted()
      const said = cause instanceof Error ? cause.message : String(cause)
      if (attempt >= ATTEMPTS)
        throw resourceProblems['postgres.copy-failed']({ detail: `${primary} could not be copied: ${said}`, cause })
      at.log.warn({ event: 'postgres.copy-interrupted', member, attempt, reason: said }, 'a copy is made again')
      await pause(ASK_EVERY_MS * 2 ** attempt, undefined, { signal: hands.signal }).catch(() => undefined)
    }
  }
  await markStandby(half, hands)
  await rename(half, paths.data(member))
  await syncFolder(paths.member(member))
}
