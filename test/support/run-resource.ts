import { inOrder, reversed } from '../../stacks/local/daemon/order.ts'
import { supervise, type Supervised } from '../../stacks/local/daemon/supervisor.ts'
import { runTask } from '../../stacks/local/daemon/task.ts'
import type { ResourceContext, ResourceKind } from '../../stacks/local/resources/resource-kind.ts'

export type RunningResource = Awaited<ReturnType<typeof runResource>>

/**
 * Makes a resource and runs its servers under the daemon's supervisor, without a daemon: prepared, started in order of need. What is
 * in the background may fail, as in a fleet.
 */
export async function runResource<Inputs>(kind: ResourceKind<Inputs>, wanted: unknown, at: ResourceContext) {
  const inputs = kind.parse(wanted)
  await kind.prepare?.(inputs, at)
  const servers = kind.servers(inputs, at)
  const hands = { paths: at.paths, estateId: at.record.id, log: at.log, onState: () => undefined }
  const processes = new Map<string, Supervised>()
  for (const server of servers) if (server.kind === 'process') processes.set(server.name, supervise(server, hands))
  const abort = new AbortController()
  const begun = inOrder(servers, async (name) => {
    abort.signal.throwIfAborted()
    const server = servers.find((each) => each.name === name)
    if (server?.kind === 'task') await runTask(server, hands, abort.signal)
    else await processes.get(name)?.start()
  })
  const stop = async () => {
    abort.abort(new Error('the resource was stopped'))
    const ended = inOrder(reversed(servers), async (name) => processes.get(name)?.stop())
    await Promise.all(ended.values())
  }
  const foreground = servers.filter(({ background }) => !background).flatMap(({ name }) => begun.get(name) ?? [])
  const started = Promise.all(foreground).then(() => undefined)
  started.catch(() => undefined) // whoever waits for it sees it
  return {
    /** Resolves when everything that must be is ready. */
    started,
    settled: () => Promise.allSettled(begun.values()),
    process(name: string): Supervised {
      const found = processes.get(`${at.name}.${name}`)
      if (found) return found
      throw new Error(`no process ${name}; there are ${[...processes.keys()].join(', ')}`)
    },
    names: () => servers.map(({ name }) => name),
    /** SIGKILLs every process at once, as a crash of the machine's owner would, and starts none again. */
    killAll: () =>
      Promise.all(
        [...processes.values()].map((process) => process.kill({ stayDown: true }).catch(() => process.stop())),
      ),
    stop,
    observe: () => kind.observe(inputs, at, AbortSignal.timeout(2000)),
    outputs: () => kind.outputs(inputs, at),
  }
}
