import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename } from 'node:path'
import { randomInt } from 'node:crypto'
import { estateProblems } from './estate.errors.ts'
import { tryLock } from '../process/lock.ts'

export const DEFAULT_PORT_BASE = 7400
const SPAN = 20
/** An estate's own twenty ports and, above them, those of its resources: estates whose bases lie so far apart never meet. */
const WHOLE_SPAN = 200
const LAST_PORT = 65_535

/** Distance of each part's port from the base port of its estate. */
const PORT_OFFSETS = {
  api: 0,
  edge: 1,
  gateway: 2,
  daemon: 3,
  worker: 4,
  kubelet: 5,
  registry: 6,
  'temporal-http': 9,
  'plane-db': 10,
  'products-db': 11,
  temporal: 12,
  etcd: 13,
  'etcd-peer': 14,
  'kube-apiserver': 15,
  prometheus: 16,
  'temporal-metrics': 17,
  'kube-controller-manager': 18,
  'kube-scheduler': 19,
} as const
export type PortName = keyof typeof PORT_OFFSETS
export type Ports = Readonly<Record<PortName, number>>

/** The ports of an estate. Fails with `configuration.invalid` outside 1024 to 65516: below is for root, above does not fit. */
export function portsFrom(base: number): Ports {
  const highest = LAST_PORT - SPAN + 1
  if (!Number.isInteger(base) || base < 1024 || base > highest) {
    const detail = `the base port must be a whole number from 1024 to ${highest}, not ${base}`
    throw estateProblems['configuration.invalid']({ detail })
  }
  const entries = Object.entries(PORT_OFFSETS).map(([name, offset]) => [name, base + offset])
  return Object.fromEntries(entries) as Ports // the keys are those of PORT_OFFSETS
}

/** Some of an estate's ports by their names, as a server states what it listens on. */
export const portsNamed = (ports: Ports, ...names: readonly PortName[]): Readonly<Record<string, number>> =>
  Object.fromEntries(names.map((name) => [name, ports[name]]))

/** The ports that an estate gives its resources, lowest first; fewer than 180 at the end of all ports. */
export const resourcePorts = (base: number): number[] =>
  Array.from({ length: WHOLE_SPAN - SPAN }, (_, index) => base + SPAN + index).filter((port) => port <= LAST_PORT)

/** Whether a port of 127.0.0.1 can be listened on now. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })

/** Finds who listens on a TCP port in the text of `/proc/net/tcp`: the inodes of the listening sockets. */
export function listeningInodes(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hex}`) && fields[3] === '0A')
    .flatMap((fields) => fields[9] ?? [])
}

async function listenerOf(port: number): Promise<string> {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'utf8').catch(() => ''))
  const sockets = new Set(
    listeningInodes((await Promise.all(tables)).join('\n'), port).map((inode) => `socket:[${inode}]`),
  )
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      if (!sockets.has(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))) continue
      const program = await readlink(`/proc/${pid}/exe`).catch(() => '?')
      return `process ${pid} (${basename(program)})`
    }
  }
  return 'a process of another account'
}

/** Sentences about taken ports, one for each process that has some. */
export function describeTaken(taken: readonly { name: string; port: number; by: string }[]): string {
  const processes = [...Map.groupBy(taken, ({ by }) => by)]
  return processes
    .map(([by, ports]) => `${by} uses ${ports.map(({ name, port }) => `port ${port} of ${name}`).join(', ')}`)
    .join('; ')
}

/** Checks that every named port can be listened on; else `port.in-use` names the part, the port, who has it and what to do. */
export async function checkPorts(ports: Readonly<Record<string, number>>, whatToDo: string): Promise<void> {
  const taken: { name: string; port: number; by: string }[] = []
  for (const [name, port] of Object.entries(ports)) {
    if (!(await isFree(port))) taken.push({ name, port, by: await listenerOf(port) })
  }
  if (taken.length === 0) return
  throw estateProblems['port.in-use']({ detail: `${describeTaken(taken)}: ${whatToDo}`, extra: { taken } })
}

/** What to do about an estate's own port that somebody else has. */
export const chooseAnotherBase = (ports: Ports): string =>
  `end it, or choose another base port than ${ports.api} with --port-base`

const LOWEST_FREE = 10_000
const HIGHEST_FREE = 30_000

/**
 * A base port whose twenty ports are free now, below the range the kernel hands out itself: for throw-away estates side by side.
 * It is this process's as long as it lives: nobody else is given it while its estate is down for a moment.
 */
export async function findPortBase(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const base = LOWEST_FREE + WHOLE_SPAN * randomInt((HIGHEST_FREE - LOWEST_FREE) / WHOLE_SPAN)
    const lock = await tryLock(`steward-ports-${base}`, 'ports of an estate')
    if (!lock) continue
    const free = await Promise.all(Object.values(portsFrom(base)).map(isFree))
    if (free.every(Boolean)) return base
    await lock.release()
  }
  const detail = `no free span of ${SPAN} ports was found between ${LOWEST_FREE} and ${HIGHEST_FREE}`
  throw estateProblems['port.in-use']({ detail })
}
