import { estateProblems } from '../estate.errors.ts'
import type { Ports } from '../ports.ts'
import { residentBytes } from '../process/proc.ts'
import type { InnerServer, Server } from '../servers/server.ts'
import { inOrder, reversed } from './order.ts'
import { supervise, type Hands, type ServerState, type Supervised } from './supervisor.ts'
import { runTask } from './task.ts'

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
type Member = {
  server: Server
  begin: () => Promise<void>
  end: () => Promise<void>
  status: Supervised['status']
  process?: Supervised
}

/** A server inside this process, or a task: something that begins, ends and has a state, but no process to signal. */
function plainMember(
  server: Server,
  hands: Hands,
  begin: () => Promise<void>,
  end: () => Promise<void>,
  goal: ServerState,
): Member {
  let state: ServerState = 'waiting'
  let since = new Date()
  let error: string | null = null
  const enter = (next: ServerState) => {
    state = next
    since = new Date()
    hands.onState(server.name, next)
  }
  return {
    server,
    async begin() {
      enter('starting')
      try {
        await begin()
        enter(goal)
      } catch (cause) {
        error = cause instanceof Error ? cause.message : String(cause)
        enter('failed')
        throw cause
      }
    },
    async end() {
      if (state === 'stopped' || state === 'waiting') return
      await end()
      enter('stopped')
    },
    status: () => ({ state, pid: null, restarts: 0, since: since.toISOString(), error }),
  }
}

function innerMember(server: InnerServer, hands: Hands, signal: AbortSignal): Member {
  let started: Promise<{ stop: () => Promise<void> }> | undefined
  const begin = async () => {
    started = server.start(signal)
    await started
  }
  const end = async () => {
    const running = await started?.catch(() => undefined) // one that is still starting is stopped, too
    await running?.stop()
  }
  return plainMember(server, hands, begin, end, 'ready')
}

function member(server: Server, hands: Hands, signal: AbortSignal): Member {
  if (server.kind === 'inner') return innerMember(server, hands, signal)
  if (server.kind === 'task') {
    const nothing = () => Promise.resolve()
    return plainMember(server, hands, () => runTask(server, hands, signal), nothing, 'done')
  }
  const process = supervise(server, hands)
  return { server, begin: process.start, end: process.stop, status: process.status, process }
}

/** All servers of an estate: started in order of need, side by side where nothing is needed; ended the other way round. */
export function createFleet(servers: readonly Server[], ports: Ports, hands: Hands) {
  const abort = new AbortController()
  const members = new Map(servers.map((server) => [server.name, member(server, hands, abort.signal)]))
  const find = (name: string): Member => {
    const found = members.get(name)
    if (found) return found
    throw estateProblems['server.unknown']({ detail: `no server ${name}; there are ${[...members.keys()].join(', ')}` })
  }
  const describe = async ({ server, status }: Member): Promise<ServerStatus> => {
    const { pid, ...rest } = status()
    const memoryBytes = pid === null ? null : await residentBytes(pid)
    const listening = (server.ports ?? []).map((name) => ports[name])
    return { name: server.name, kind: server.kind, ...rest, pid, memoryBytes, ports: listening, needs: server.needs }
  }
  return {
    /** Resolves when every server is ready and every task done, but for those in the background; the first that fails is thrown. */
    async start() {
      const begun = inOrder(servers, async (name) => {
        abort.signal.throwIfAborted()
        await find(name).begin()
      })
      for (const { name, background } of servers) {
        if (!background) continue
        begun.get(name)?.catch((err: unknown) => {
          hands.log.warn({ event: 'server.background-failed', server: name, err }, 'a background server failed')
        })
        begun.delete(name)
      }
      await Promise.all(begun.values())
    },
    /** Ends everything; also what was still starting. A server that does not end properly does not keep the others. */
    async stop() {
      abort.abort(estateProblems['estate.stopped']())
      const ended = inOrder(reversed(servers), async (name) => {
        await find(name)
          .end()
          .catch((err: unknown) =>
            hands.log.error({ event: 'server.stop-failed', server: name, err }, 'server did not stop'),
          )
      })
      await Promise.all(ended.values())
    },
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
