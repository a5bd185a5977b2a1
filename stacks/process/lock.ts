import { createHash } from 'node:crypto'
import { connect, createServer, type Server } from 'node:net'

export type Holder = { pid: number; what: string }
export type Lock = { release: () => Promise<void> }

/**
 * A lock is a listening abstract Unix socket: the kernel hands it to exactly one process and frees it when that process
 * ends in whatever way, so a stale lock cannot exist (a lock file with a dead pid has a race in its take-over).
 */
const address = (name: string): string => `\0steward-${createHash('sha256').update(name).digest('hex').slice(0, 40)}`

const listen = (name: string, holder: Holder): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.end(JSON.stringify(holder))
    })
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen({ path: address(name) }, () => {
      server.unref()
      resolve(server)
    })
  })

/** Takes the lock named `name` (a path, say) if nobody holds it; `what` tells others what for. Undefined when it is held. */
export async function tryLock(name: string, what: string): Promise<Lock | undefined> {
  const server = await listen(name, { pid: process.pid, what })
  if (!server) return undefined
  return {
    release: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
      }),
  }
}

/** Who holds the lock now; undefined when nobody does (or the holder is stopped and cannot answer within a second). */
export function lockHolder(name: string): Promise<Holder | undefined> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect({ path: address(name) })
    socket.setTimeout(1000, () => socket.destroy())
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('error', () => resolve(undefined))
    socket.on('close', () => {
      try {
        // the other end is this same function of another process: `Holder` as JSON
        resolve(JSON.parse(text) as Holder)
      } catch {
        resolve(undefined)
      }
    })
  })
}

/** Waits for the lock, telling `onWait` once who holds it. Ends with the signal's reason when `signal` is aborted. */
export async function acquireLock(
  name: string,
  what: string,
  options: { signal?: AbortSignal; onWait?: (holder: Holder | undefined) => void } = {},
): Promise<Lock> {
  let told = false
  for (;;) {
    options.signal?.throwIfAborted()
    const lock = await tryLock(name, what)
    if (lock) return lock
    if (!told) {
      told = true
      options.onWait?.(await lockHolder(name))
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
