import { expect } from 'vitest'
import { moveSchema } from '../../stacks/postgres/move/move.ts'

/** Rows of a statement in one of the databases. */
type Ask = (database: string, text: string) => Promise<{ writable: boolean }[]>

/**
 * Looks at both sides of a move until stopped; a moment at which both were writable is a fault. A side that cannot be asked takes no
 * writes. Returns how to stop it, which fails on such a moment, and when there were hardly any looks.
 */
export function watchSides(ask: Ask, moveId: string, [one, other]: readonly [string, string]): () => Promise<void> {
  const stopping = new AbortController()
  let looks = 0
  const both: string[] = []
  const writable = (database: string) =>
    ask(database, `select writable from "${moveSchema({ id: moveId })}".side`).then(
      ([side]) => side?.writable ?? false,
      () => false,
    )
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const [first, there, again] = [await writable(one), await writable(other), await writable(one)]
      looks += 1
      if (first && there && again) both.push(new Date().toISOString())
    }
  })()
  return async () => {
    stopping.abort()
    await running
    expect(looks).toBeGreaterThan(3)
    expect(both).toEqual([])
  }
}
