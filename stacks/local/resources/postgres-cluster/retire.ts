import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isRunning, identify } from '../../../process/proc.ts'
import type { Task } from '../../servers/server.ts'
import type { ResourceContext } from '../resource-kind.ts'
import { clusterPaths } from './cluster-files.ts'
import { asSuperuser } from './connect.ts'
import { readMember, type MemberName } from './members.ts'
import { slotOf } from './settings.ts'

/** Takes a standby that is no longer wanted out of the cluster: its slot, and its data, which the primary has, too. */
export const retireMember = (
  at: ResourceContext,
  { primary, member }: { primary: MemberName; member: MemberName },
  needs: readonly string[],
): Task => ({
  kind: 'task',
  name: `${at.name}.${member}-retired`,
  needs,
  run: async () => {
    await asSuperuser(at, primary, (client) =>
      client.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1', [
        slotOf(member),
      ]),
    )
    const { isMade, isStandby } = readMember(at.folder, member)
    if (isMade && !isStandby) return // promoted since it was asked: whose data this is, is not for us to say
    const paths = clusterPaths(at.folder)
    const lock = await readFile(join(paths.data(member), 'postmaster.pid'), 'utf8').catch(() => '')
    const owner = identify(Number.parseInt(lock, 10))
    if (owner && isRunning(owner)) throw new Error(`${member} still runs as process ${owner.pid}`)
    await rm(paths.member(member), { recursive: true, force: true })
  },
})
