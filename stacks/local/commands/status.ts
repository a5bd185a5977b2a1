import Table from 'cli-table3'
import type { ServerStatus } from '../daemon/fleet.ts'
import { describeEstate } from '../estate.ts'
import { homePaths } from '../home.ts'
import { askDaemon } from './daemon-client.ts'

const megabytes = (bytes: number | null): string => (bytes === null ? '' : `${Math.round(bytes / 1_000_000)} MB`)

const PLAIN = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid', 'middle'].flatMap((side) =>
    [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((name) => [name, '']),
  ),
)

/** A table for people: one line per server. */
export function renderStatus(
  servers: readonly ServerStatus[],
  daemon: { pid: number; memoryBytes: number; port: number },
): string {
  const table = new Table({
    head: ['server', 'state', 'process', 'ports', 'memory', 'restarts'],
    chars: { ...PLAIN, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  table.push(['daemon', 'ready', daemon.pid, daemon.port, megabytes(daemon.memoryBytes), ''])
  for (const { name, state, pid, ports, memoryBytes, restarts, error } of servers) {
    const told = error && state !== 'ready' && state !== 'done' ? `${state}: ${error.split('\n')[0]}` : state
    table.push([name, told, pid ?? '', ports.join(' '), megabytes(memoryBytes), restarts || ''])
  }
  return table.toString()
}

/** Prints what runs in a home. Fails with `home.not-running`. */
export async function status(home: string, asJson: boolean): Promise<void> {
  const response = await askDaemon(home, '/servers')
  // our own daemon's answer
  const { servers, ...told } = (await response.json()) as {
    servers: ServerStatus[]
    daemon: { pid: number; memoryBytes: number }
  }
  const estate = await describeEstate(home)
  const daemon = { ...told.daemon, port: estate.ports.daemon }
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ home: homePaths(home).home, urls: estate.urls, daemon, servers })}\n`)
    return
  }
  process.stdout.write(
    `${renderStatus(servers, daemon)}\n\nAPI ${estate.urls.api}, edge ${estate.urls.edge}, state in ${estate.home}\n`,
  )
}

/** Prints the end of a server's log. */
export async function logs(home: string, server: string, lines: number): Promise<void> {
  const response = await askDaemon(home, `/servers/${encodeURIComponent(server)}/logs?lines=${lines}`)
  process.stdout.write(`${await response.text()}\n`)
}
