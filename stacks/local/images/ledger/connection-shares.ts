/** Runs work that holds a connection, at most so many at once for one tenant; who comes later waits in line. */
export interface ConnectionShares {
  /** Rejects with `refused()` when its turn does not come in time; the work has not begun then. */
  within: <T>(tenantId: string, work: () => Promise<T>) => Promise<T>
}
type Options = {
  /** Connections that one tenant holds at once. */
  each: number
  /** How long one waits for its turn, in milliseconds. */
  waitMs: number
  refused: () => Error
}
type Line = { busy: number; waiting: Set<() => void> }

/**
 * Tenants of a cell share the pool of a pod: without a cap, one whose statements are slow holds all connections of it, however few
 * requests a second it may send. Its own requests wait for each other instead, and its neighbours find the rest free.
 */
export function createConnectionShares({ each, waitMs, refused }: Options): ConnectionShares {
  const lines = new Map<string, Line>() // only of tenants that hold or want a connection
  const enter = async (line: Line): Promise<void> => {
    if (line.busy < each) {
      line.busy += 1
      return
    }
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        clearTimeout(late)
        resolve()
      }
      const late = setTimeout(() => {
        line.waiting.delete(turn)
        reject(refused())
      }, waitMs)
      line.waiting.add(turn)
    })
  }
  const leave = (tenantId: string, line: Line): void => {
    const [next] = line.waiting // the place goes over to whoever waits longest
    if (next === undefined) {
      line.busy -= 1
      if (line.busy === 0) lines.delete(tenantId)
      return
    }
    line.waiting.delete(next)
    next()
  }
  return {
    async within(tenantId, work) {
      const line = lines.get(tenantId) ?? { busy: 0, waiting: new Set() }
      lines.set(tenantId, line)
      await enter(line)
      try {
        return await work()
      } finally {
        leave(tenantId, line)
      }
    },
  }
}
