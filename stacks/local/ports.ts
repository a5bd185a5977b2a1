import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename } from 'node:path'
import { randomInt } from 'node:crypto'
import { estateProblems } from './estate.errors.ts'

export const DEFAULT_PORT_BASE = 7400
const SPAN = 20

/** Distance of each part's port from the base port of its estate. */
export const PORT_OFFSETS = {
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
  if (!Number.isInteger(base) || base < 1024 || base > 65535 - SPAN + 1) {
    const detail = `the base port must be a whole number from 1024 to ${65535 - SPAN + 1}, not ${base}`
    throw estateProblems['configuration.invalid']({ detail })
  }
  const entries = Object.entries(PORT_OFFSETS).map(([name, offset]) => [name, base + offset])
  return Object.fromEntries(entries) as Ports // the keys are those of PORT_OFFSETS
}

const isFree = (port: number): Promise<boolean> =>
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
export function describeTaken(taken: readonly { name: PortName; port: number; by: string }[]): string {
  const processes = [...Map.groupBy(taken, ({ by }) => by)]
  return processes
    .map(([by, ports]) => `${by} uses ${ports.map(({ name, port }) => `port ${port} of ${name}`).join(', ')}`)
    .join('; ')
}

/** Checks that every named port can be listened on; else `port.in-use` names the part, the port, who has it and what to do. */
export async function checkPorts(ports: Ports, names: readonly PortName[]): Promise<void> {
  const taken: { name: PortName; port: number; by: string }[] = []
  for (const name of names) {
    const port = ports[name]
    if (!(await isFree(port))) taken.push({ name, port, by: await listenerOf(port) })
  }
  if (taken.length === 0) return
  const detail = `${describeTaken(taken)}: end it, or choose another base port than ${ports.api} with --port-base`
  throw estateProblems['port.in-use']({ detail, extra: { taken } })
}

/** A base port whose whole span is free now, below the range the kernel hands out itself: for throw-away estates side by side. */
export async function findPortBase(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const base = 10_000 + SPAN * randomInt(1000)
    const free = await Promise.all(Object.values(portsFrom(base)).map(isFree))
    if (free.every(Boolean)) return base
  }
  throw estateProblems['port.in-use']({ detail: 'no free span of 20 ports was found between 10000 and 30000' })
}
