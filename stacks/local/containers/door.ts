import { connect, createServer, type Socket } from 'node:net'
import type { Log } from '../kube/log.ts'

export type DoorOptions = {
  /** Where pods connect. */
  host: string
  port: number
  /** Where it leads, on this machine. */
  target: { host: string; port: number }
  log: Log
}

/** Lets connections through to a server of the estate that listens on loopback only. Bytes pass as they are, TLS included. */
export async function openDoor({ host, port, target, log }: DoorOptions): Promise<{ stop: () => Promise<void> }> {
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const onward = connect({ ...target, allowHalfOpen: true })
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      open.add(from)
      from.once('close', () => open.delete(from))
      from.once('error', (err) => {
        log.debug({ event: 'door.broken', host, port, err }, 'a connection through a door broke')
        to.destroy()
      })
      from.pipe(to)
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new Error(`cannot listen on ${host}:${port}: ${cause.message}`, { cause })))
    server.listen({ host, port }, resolve)
  })
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}
