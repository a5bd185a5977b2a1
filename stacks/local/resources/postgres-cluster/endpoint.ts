import net from 'node:net'

/** What listens in front of a cluster, and ends. */
export type Endpoint = { port: number; stop: () => Promise<void> }
type Options = {
  host: string
  port: number
  /** Port of the member that is written to now; undefined while there is none. Read for every connection and at every look. */
  primaryPort: () => number | undefined
  /** Milliseconds between two looks. */
  lookMs?: number
}

const LOOK_MS = 500

/**
 * One address of a database cluster, for drivers that know one host: passes bytes, and TLS with them, to whichever member is the
 * primary. Whoever is connected to one that no longer is gets cut off, so that it connects again and finds the other.
 */
export async function startEndpoint({ host, port, primaryPort, lookMs = LOOK_MS }: Options): Promise<Endpoint> {
  const open = new Map<net.Socket, number>()
  const server = net.createServer({ noDelay: true }, (client) => {
    const member = primaryPort()
    client.on('error', () => client.destroy())
    if (member === undefined) client.destroy()
    else {
      open.set(client, member)
      client.once('close', () => open.delete(client))
      join(client, net.connect({ host, port: member, noDelay: true }))
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, resolve)
  })
  const looking = setInterval(() => {
    const member = primaryPort()
    for (const [client, connectedTo] of open) if (connectedTo !== member) client.destroy()
  }, lookMs)
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    stop: () =>
      new Promise((resolve) => {
        clearInterval(looking)
        server.close(() => resolve())
        for (const client of open.keys()) client.destroy()
      }),
  }
}

/** Either side's end is the other's. */
function join(client: net.Socket, member: net.Socket): void {
  member.on('error', () => member.destroy())
  client.pipe(member)
  member.pipe(client)
  client.once('close', () => member.destroy())
  member.once('close', () => client.destroySoon()) // what it said last is still told
}
