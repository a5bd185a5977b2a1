import { estateProblems } from '../estate.errors.ts'
import { residentBytes } from '../../process/proc.ts'
import type { Server } from '../servers/server.ts'
import { createMember, type Member } from './member.ts'
import { inOrder, reversed } from './order.ts'
import type { Hands, ServerState, Supervised } from './supervisor.ts'

export type ServerStatus = {
  name: string
  kind: Server['kind']
  state: ServerState
  since: string
  pid: number | null
  restarts: number
  ports: readonly number[]
  /** Resident memory of the process and its children; null for what runs inside the daemon. */
  memoryBytes: number | null
  error: string | null
  needs: readonly string[]
}
export type Fleet = ReturnType<typeof createFleet>
/** Servers that came together and go together. */
export type Group = {
  /** Resolves when every server is ready and every task done, but for those in the background; the first that fails is thrown. */
  start: () => Promise<void>
  /** Ends them, also what is still starting, and forgets them. */
  remove: () => Promise<void>
  statuses: () => Promise<ServerStatus[]>
}

async function describe({ server, status }: Member): Promise<ServerStatus> {
  const { pid, ...rest } = status()
  const memoryBytes = pid === null ? null : await residentBytes(pid)
  const ports = Object.values(server.ports ?? {})
  return { name: server.name, kind: server.kind, ...rest, pid, memoryBytes, ports, needs: server.needs }
}

/** Starts members in order of need, side by side where nothing is needed. */
async function startInOrder(members: ReadonlyMap<string, Member>, hands: Hands, signal: AbortSignal): Promise<void> {
  const servers = [...members.values()].map(({ server }) => server)
  const begun = inOrder(servers, async (name) => {
    signal.throwIfAborted()
    await members.get(name)?.begin()
  })
  for (const { name, background } of servers) {
    if (!background) continue
    begun.get(name)?.catch((err: unknown) => {
      hands.log.warn({ event: 'server.background-failed', server: name, err }, 'a background server failed')
    })
    begun.delete(name)
  }
  await Promise.all(begun.values())
}

/** Ends members the other way round. One that does not end properly does not keep the others. */
async function endInOrder(members: ReadonlyMap<string, Member>, hands: Hands): Promise<void> {
  const servers = [...members.values()].map(({ server }) => server)
  const ended = inOrder(reversed(servers), async (name) => {
    await members
      .get(name)
      ?.end()
      .catch((err: unknown) =>
        hands.log.error({ event: 'server.stop-failed', server: name, err }, 'server did not stop'),
      )
  })
  await Promise.all(ended.values())
}

/** All servers of an estate: those it has from its start, and groups that come and go while it runs. */
export function createFleet(servers: readonly Server[], hands: Hands) {
  const abort = new AbortController()
  const members = new Map<string, Member>()
  const find = (name: string): Member => {
    const found = members.get(name)
    if (found) return found
    throw estateProblems['server.unknown']({ detail: `no server ${name}; there are ${[...members.keys()].join(', ')}` })
  }

  /** Takes further servers in, started when asked to. They may need each other, and nothing else. */
  const add = (more: readonly Server[]): Group => {
    abort.signal.throwIfAborted()
    const known = more.find(({ name }) => members.has(name))
    if (known) throw estateProblems['server.cannot']({ detail: `there is a server ${known.name} already` })
    const unwanted = new AbortController()
    const signal = AbortSignal.any([abort.signal, unwanted.signal])
    const own = new Map(more.map((server) => [server.name, createMember(server, hands, signal)]))
    for (const [name, member] of own) members.set(name, member)
    return {
      start: () => startInOrder(own, hands, signal),
      async remove() {
        unwanted.abort(estateProblems['estate.stopped']({ detail: 'its servers were ended' }))
        await endInOrder(own, hands)
        for (const name of own.keys()) members.delete(name)
      },
      statuses: () => Promise.all([...own.values()].map(describe)),
    }
  }
  const first = add(servers)

  return {
    /** Starts what the estate has from its start; see `Group.start`. */
    start: first.start,
    add,
    /** Ends everything; also what was still starting. */
    async stop() {
      abort.abort(estateProblems['estate.stopped']())
      await endInOrder(members, hands)
    },
    /** Aborted when everything is being ended. */
    ending: abort.signal,
    statuses: () => Promise.all([...members.values()].map(describe)),
    status: async (name: string) => describe(find(name)),
    names: () => [...members.keys()],
    /** The process behind a name; `server.cannot` for tasks and what runs inside the daemon. */
    process(name: string): Supervised {
      const { process, server } = find(name)
      if (process) return process
      const what = server.kind === 'task' ? 'a task, which ends by itself' : 'part of the daemon itself'
      throw estateProblems['server.cannot']({ detail: `${name} is ${what}` })
    },
  }
}
