import { readdir, readFile } from 'node:fs/promises'
import { readFileSync } from 'node:fs'

/** A process named beyond reuse: its id together with the kernel's start time (in clock ticks since boot). */
export type ProcessId = { pid: number; startTime: string }

/** Splits a line of `/proc/<pid>/stat`; the command name may hold spaces and brackets, so fields count from the last `)`. */
export function parseStat(stat: string): { state: string; parent: number; threads: number; startTime: string } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return {
    state: fields[0] ?? '?',
    parent: Number(fields[1]),
    threads: Number(fields[17]),
    startTime: fields[19] ?? '',
  }
}

/**
 * The running process with this pid, or undefined. A zombie counts as gone once its last thread is: until then a killed
 * server of many threads still holds its ports.
 */
export function identify(pid: number): ProcessId | undefined {
  try {
    const { state, threads, startTime } = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    return state === 'X' || (state === 'Z' && threads <= 1) ? undefined : { pid, startTime }
  } catch {
    return undefined
  }
}

/** True while exactly this process runs; a stranger that got the same pid later is not it. */
export const isRunning = ({ pid, startTime }: ProcessId): boolean => identify(pid)?.startTime === startTime

const pids = async (): Promise<number[]> => (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)

/** All processes below `root`, nearest first. PostgreSQL's children lead sessions of their own, so a group signal misses them. */
export async function descendants(root: number): Promise<number[]> {
  const children = new Map<number, number[]>()
  for (const pid of await pids()) {
    try {
      const { parent } = parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
      children.set(parent, [...(children.get(parent) ?? []), pid])
    } catch {
      // gone between the listing and the read
    }
  }
  const found: number[] = []
  const queue = [root]
  for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
    const next = children.get(pid) ?? []
    found.push(...next)
    queue.push(...next)
  }
  return found
}

/** Sends a signal; false when the process is already gone. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

/** Signals a process and everything below it. The parent comes first, so that it starts nothing new meanwhile. */
export async function signalTree(pid: number, name: NodeJS.Signals): Promise<void> {
  const below = await descendants(pid)
  signal(pid, name)
  const later = await descendants(pid)
  for (const child of new Set([...below, ...later])) signal(child, name)
}

/** Resolves true once none of the processes runs any more, false at the deadline. */
export async function waitUntilGone(processes: readonly ProcessId[], withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs
  while (processes.some(isRunning)) {
    if (Date.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return true
}

const kilobytes = (status: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)

/**
 * Resident memory of a process and everything below it, in bytes. Of the children only anonymous pages count: what a
 * PostgreSQL backend shares with its postmaster is there once.
 */
export async function residentBytes(pid: number): Promise<number> {
  const read = (id: number) => readFile(`/proc/${id}/status`, 'utf8').catch(() => '')
  const own = kilobytes(await read(pid), 'VmRSS')
  const below = await Promise.all((await descendants(pid)).map(async (id) => kilobytes(await read(id), 'RssAnon')))
  return below.reduce((sum, size) => sum + size, own) * 1024
}

/** Processes started with `NAME=value` in their environment, as far as this account may read it, without this one. */
export async function withEnvironment(name: string, value: string): Promise<ProcessId[]> {
  const entry = `${name}=${value}`
  const found = (await pids()).filter((pid) => {
    if (pid === process.pid) return false
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(entry)
    } catch {
      return false
    }
  })
  return found.map(identify).filter((id) => id !== undefined)
}
