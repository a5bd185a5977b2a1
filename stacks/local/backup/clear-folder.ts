import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identify, isRunning } from '../../process/proc.ts'

const PREFIX = 'steward-estate-clear-'
const NAMED = new RegExp(`^${PREFIX}(\\d+)-(\\d+)-`)

/**
 * A folder of this account alone for what lies in clear while a backup is made or read; gone when `work` has ended. What a killed
 * process left of that kind is cleared away first: nothing else would ever come back to it.
 */
export async function inClear<T>(work: (folder: string) => Promise<T>): Promise<T> {
  await clearAbandoned()
  const { pid, startTime } = identify(process.pid) ?? { pid: process.pid, startTime: '0' }
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${pid}-${startTime}-`)) // mode 0700
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function clearAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid, startTime] = NAMED.exec(name) ?? []
    if (pid === undefined || startTime === undefined || isRunning({ pid: Number(pid), startTime })) continue
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined) // another account's
  }
}
