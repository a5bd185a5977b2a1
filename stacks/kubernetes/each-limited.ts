/**
 * Runs `work` over the items, at most `width` at a time, and waits for all that were begun even when one fails:
 * nothing may go on behind the caller's back. Throws the first failure; nothing new is begun after it.
 */
export async function eachLimited<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const failures: unknown[] = []
  const queue = items.entries()
  const lane = async () => {
    for (const [index, item] of queue) {
      if (failures.length > 0) return
      await work(item).then(
        (result) => (results[index] = result),
        (error: unknown) => failures.push(error),
      )
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane))
  if (failures.length > 0) throw failures[0]
  return results
}
