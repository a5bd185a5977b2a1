import type { Readiness } from './health.schema.ts'

/** Resolves when the part answers; whatever it throws means that it does not. */
export type Check = { name: string; run: () => Promise<unknown> }
export type HealthService = { ready: () => Promise<Readiness> }

/** Longest wait for one part, in milliseconds: shorter than what probes usually wait themselves. */
const DEADLINE_MS = 2_000

/** `onDown` gets the reason for the log: the answer is public and says only which part is away. */
export const healthService = (
  checks: readonly Check[],
  onDown: (name: string, error: unknown) => void,
): HealthService => ({
  async ready() {
    const results = await Promise.all(
      checks.map(async ({ name, run }) => {
        try {
          await within(run(), DEADLINE_MS)
          return { name, ok: true }
        } catch (error) {
          onDown(name, error)
          return { name, ok: false, message: 'does not answer' }
        }
      }),
    )
    return { status: results.every(({ ok }) => ok) ? 'ready' : 'not-ready', checks: results }
  },
})

async function within(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  try {
    await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
    work.catch(() => {}) // a late failure has been reported as a late answer already
  }
}
