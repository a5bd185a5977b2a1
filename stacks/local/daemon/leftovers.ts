import { writeFileSync } from 'node:fs'
import { readdir, readFile, readlink, rm } from 'node:fs/promises'
import { join, sep } from 'node:path'
import {
  identify,
  isRunning,
  signal as send,
  signalTree,
  waitUntilGone,
  withEnvironment,
  type ProcessId,
} from '../../process/proc.ts'
import { clearGround } from '../containers/ground.ts'
import { networkOf } from '../containers/network.ts'
import type { EstateRecord, HomePaths } from '../home.ts'
import { ESTATE_MARK } from '../servers/context.ts'

const SUFFIX = '.pid.json'

const pidFile = (paths: HomePaths, name: string): string => join(paths.run, `${name}${SUFFIX}`)

/** Notes a started process, so that a later daemon can find it. Synchronous: nothing comes between start and note. */
export function notePid(paths: HomePaths, name: string, pid: number): void {
  const id = identify(pid)
  if (id) writeFileSync(pidFile(paths, name), JSON.stringify(id), { mode: 0o600 })
}

/** Forgets a process that has ended. */
export const forgetPid = (paths: HomePaths, name: string): Promise<void> => rm(pidFile(paths, name), { force: true })

async function noted(paths: HomePaths): Promise<ProcessId[]> {
  const names = (await readdir(paths.run).catch(() => [])).filter((name) => name.endsWith(SUFFIX))
  const texts = await Promise.all(names.map((name) => readFile(join(paths.run, name), 'utf8').catch(() => '')))
  return texts.flatMap((text) => {
    try {
      return [JSON.parse(text) as ProcessId] // written by `notePid`
    } catch {
      return [] // cut off when the daemon was killed: the mark finds that process
    }
  })
}

/** Processes that run an executable out of the home itself: pods, whose environment is the product's alone. */
async function fromHome(home: string): Promise<ProcessId[]> {
  const found: ProcessId[] = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const program = await readlink(`/proc/${pid}/exe`).catch(() => '')
    const id = program.startsWith(home + sep) ? identify(Number(pid)) : undefined
    if (id) found.push(id)
  }
  return found
}

/**
 * Processes an earlier daemon of this home left behind: noted ones that are still exactly those, marked ones, and programs
 * out of the home. Nothing else is ever taken for one. To be asked only while the home's lock is held, or no daemon runs.
 */
export async function findLeftovers(paths: HomePaths, estateId: string): Promise<ProcessId[]> {
  const all = [
    ...(await noted(paths)).filter(isRunning),
    ...(await withEnvironment(ESTATE_MARK, estateId)),
    ...(await fromHome(paths.home)),
  ]
  const own = process.pid
  return [...new Map(all.map((id) => [id.pid, id])).values()].filter(({ pid }) => pid !== own)
}

/**
 * Ends the leftovers: asked first (a database then needs no recovery), killed after three seconds: all
 * of them are made to survive that. Then what the kernel holds for containers goes. Returns how many processes there were.
 */
export async function endLeftovers(paths: HomePaths, record: Pick<EstateRecord, 'id' | 'network'>): Promise<number> {
  const leftovers = await findLeftovers(paths, record.id)
  for (const { pid } of leftovers) await signalTree(pid, 'SIGCONT') // a frozen one hears nothing
  for (const { pid } of leftovers) send(pid, 'SIGINT')
  if (!(await waitUntilGone(leftovers, 3000))) {
    for (const id of leftovers.filter(isRunning)) await signalTree(id.pid, 'SIGKILL')
    await waitUntilGone(leftovers, 5000)
  }
  const names = await readdir(paths.run).catch(() => [])
  await Promise.all(
    names.filter((name) => name.endsWith(SUFFIX)).map((name) => rm(join(paths.run, name), { force: true })),
  )
  const network = networkOf(record)
  if (network) await clearGround(network)
  return leftovers.length
}
