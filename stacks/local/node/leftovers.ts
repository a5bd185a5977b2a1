import { writeFileSync } from 'node:fs'
import { mkdir, readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ProcessId,
  identify,
  isRunning,
  parseStat,
  signal,
  waitUntilGone,
  withEnvironment,
} from '../../process/proc.ts'

/** Marks every process of a node's pods; the value is the node's home, of which there is one owner at a time. */
export const NODE_MARK = 'STEWARD_POD_OF'

const GRACE_MS = 2_000
const folderOf = (home: string): string => join(home, 'processes')

/** Notes a started process group, before anything else can fail. Synchronous: nothing may come between start and note. */
export function noteProcess(home: string, key: string, pid: number): void {
  const id = identify(pid)
  if (id) writeFileSync(join(folderOf(home), key), JSON.stringify(id), { mode: 0o600 })
}

export const forgetProcess = (home: string, key: string): Promise<void> =>
  rm(join(folderOf(home), key), { force: true })

/**
 * Ends what an earlier daemon of this home left running: every noted process (by pid and start time, so that a stranger with a
 * reused pid is safe), the rest of their groups, and whatever carries the node's mark but was not noted in time. Their pods run again
 * afterwards. Returns how many there were.
 */
export async function endLeftovers(home: string): Promise<number> {
  await mkdir(folderOf(home), { recursive: true, mode: 0o700 })
  const noted: ProcessId[] = []
  for (const name of await readdir(folderOf(home))) {
    const text = await readFile(join(folderOf(home), name), 'utf8')
    try {
      noted.push(JSON.parse(text) as ProcessId) // written by noteProcess
    } catch {
      // cut short by the crash that this cleans up after; the mark finds its process
    }
    await rm(join(folderOf(home), name))
  }
  const found = new Map<number, ProcessId>()
  for (const id of [
    ...noted.filter(isRunning),
    ...(await groupMembers(noted)),
    ...(await withEnvironment(NODE_MARK, home)),
  ]) {
    found.set(id.pid, id)
  }
  const all = [...found.values()]
  for (const { pid } of all) signal(pid, 'SIGTERM')
  if (!(await waitUntilGone(all, GRACE_MS))) {
    for (const id of all) if (isRunning(id)) signal(id.pid, 'SIGKILL')
    await waitUntilGone(all, GRACE_MS)
  }
  return all.length
}

/** Running members of the noted groups whose leader is gone. A group's number is not given to a new process while it has members. */
async function groupMembers(noted: readonly ProcessId[]): Promise<ProcessId[]> {
  const orphaned = new Map(noted.filter(({ pid }) => !identify(pid)).map((id) => [id.pid, id]))
  if (orphaned.size === 0) return []
  const found: ProcessId[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
    if (stat === null) continue
    const group = orphaned.get(Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]))
    const { startTime } = parseStat(stat)
    if (group && Number(startTime) >= Number(group.startTime)) found.push({ pid, startTime })
  }
  return found
}
