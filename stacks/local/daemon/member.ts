import { setTimeout as pause } from 'node:timers/promises'
import type { InnerServer, Server } from '../servers/server.ts'
import { supervise, type Hands, type ServerState, type Supervised } from './supervisor.ts'
import { runTask } from './task.ts'

/** One server of a fleet, whatever kind it is. */
export type Member = {
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

/** A task that was told to end has so long for it. */
const TASK_GRACE_MS = 5000

/** A task runs until it ends by itself or the signal fires, which whoever ends it has seen to. */
function taskMember(server: Extract<Server, { kind: 'task' }>, hands: Hands, signal: AbortSignal): Member {
  let running: Promise<void> | undefined
  const begin = () => (running = runTask(server, hands, signal))
  const end = async () => {
    await Promise.race([running?.catch(() => undefined), pause(TASK_GRACE_MS, undefined, { ref: false })])
  }
  return plainMember(server, hands, begin, end, 'done')
}

/** Makes a server one of a fleet; nothing is started yet. `signal` fires when it is no longer wanted. */
export function createMember(server: Server, hands: Hands, signal: AbortSignal): Member {
  if (server.kind === 'inner') return innerMember(server, hands, signal)
  if (server.kind === 'task') return taskMember(server, hands, signal)
  const process = supervise(server, hands)
  return { server, begin: process.start, end: process.stop, status: process.status, process }
}
