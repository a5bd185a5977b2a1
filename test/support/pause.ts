/** A tenth of what has been waited already, in milliseconds: many who ask every instant would be the load that they wait for. */
export const pauseAfter = (waitedMs: number): number => Math.min(Math.max(waitedMs / 10, 20), 1000)
