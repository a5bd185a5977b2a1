import type { Server } from '../servers/server.ts'

type Ordered = Pick<Server, 'name' | 'needs'>

/** Names in an order in which every server comes after what it needs. Throws when one needs something missing or itself. */
export function startOrder(servers: readonly Ordered[]): string[] {
  const byName = new Map(servers.map((server) => [server.name, server]))
  const order: string[] = []
  const visit = (name: string, way: readonly string[]) => {
    if (order.includes(name)) return
    if (way.includes(name)) throw new Error(`servers need each other: ${[...way, name].join(' → ')}`)
    const server = byName.get(name)
    if (!server) throw new Error(`${way.at(-1)} needs ${name}, which is not there`)
    for (const need of server.needs) visit(need, [...way, name])
    order.push(name)
  }
  for (const { name } of servers) visit(name, [])
  return order
}

/**
 * Runs `begin` for every server as soon as everything it needs has begun; gives each one's outcome. What waits behind a
 * failure never begins and fails with it.
 */
export function inOrder(
  servers: readonly Ordered[],
  begin: (name: string) => Promise<void>,
): Map<string, Promise<void>> {
  const begun = new Map<string, Promise<void>>()
  for (const name of startOrder(servers)) {
    const needs = servers.find((server) => server.name === name)?.needs ?? []
    const promise = Promise.all(needs.flatMap((need) => begun.get(need) ?? [])).then(() => begin(name))
    promise.catch(() => undefined) // the caller picks what it waits for
    begun.set(name, promise)
  }
  return begun
}

/** The same servers with arrows turned round: a server ends after everything that needs it has ended. */
export const reversed = (servers: readonly Ordered[]): Ordered[] =>
  servers.map(({ name }) => ({
    name,
    needs: servers.filter(({ needs }) => needs.includes(name)).map((each) => each.name),
  }))
