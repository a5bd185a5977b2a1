import type { Command } from './container-process.ts'
import { expand, quantity, resolveEnvironment } from './environment.ts'
import type { Image } from './image-store.ts'
import { NODE_MARK } from './leftovers.ts'
import { rewritePath } from './mount-paths.ts'
import { type PodContext, mountsOf, textSources } from './pod-context.ts'
import { reachableAddress } from './pod-range.ts'
import type { Container } from './pod-types.ts'

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What runs a container of a pod. Throws a `ConfigError` when its environment names something that does not exist. */
export function commandOf(ctx: PodContext, container: Container, image: Image): Omit<Command, 'log'> {
  const { parts, folder, id, ip } = ctx
  const mounts = mountsOf(folder, container)
  const asked = resolveEnvironment(container, ctx.pod(), textSources(ctx.sources), mounts)
  const temporary = rewritePath('/tmp', mounts)
  const env = {
    PATH: `${parts.runtime.folder}:${SYSTEM_PATH}`,
    HOME: folder,
    HOSTNAME: id.name,
    ...(temporary === '/tmp' ? {} : { TMPDIR: temporary }),
    ...asked,
    // Last: a pod that listens on all addresses would take the port from every other pod of the machine.
    HOST: reachableAddress(ip),
    [NODE_MARK]: parts.home,
  }
  const real = (text: string) => rewritePath(expand(text, asked), mounts)
  const [first, ...rest] = (container.command ?? []).map(real)
  const args = (container.args ?? []).map(real)
  const start =
    first === undefined
      ? { program: parts.runtime.node, args: [...heapOf(container), image.main, ...args] }
      : { program: first, args: [...rest, ...args] } // `node` is on the PATH above
  return {
    ...start,
    cwd: container.workingDir ? real(container.workingDir) : image.folder,
    env,
    account: parts.account,
  }
}

/**
 * In a container V8 sizes its heap from the memory limit; here nobody enforces the limit, so the node passes on what V8 would
 * have chosen.
 */
export function heapOf({ resources }: Container): string[] {
  const bytes = quantity(resources?.limits?.['memory'] ?? '')
  return Number.isFinite(bytes) ? [`--max-old-space-size=${Math.floor((bytes * 0.75) / 2 ** 20)}`] : []
}
