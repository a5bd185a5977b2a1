import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { HostAnswer } from './plane.ts'

export type MovingCustomer = {
  /** Names of accounts whose creation was acknowledged. */
  acknowledged: ReadonlySet<string>
  /** Answers other than success, by status and code: what a customer noticed. */
  noticed: ReadonlyMap<string, number>
  stop: () => Promise<void>
}

/**
 * A customer of the ledger that opens accounts as long as it is not stopped, each under a name of its own. What was not acknowledged is asked
 * for again under the same name, as a client does that lost an answer: the ledger then says that the name is used. `everyMs`: from one
 * request of a lane to the next; a lane whose answers came late asks sooner until it has made up for at most `makesUpMs`.
 */
export function movingCustomer(
  ask: (path: string, body: unknown) => Promise<HostAnswer>,
  { lanes = 3, everyMs = 40, makesUpMs = 0 } = {},
): MovingCustomer {
  const stopping = new AbortController()
  const acknowledged = new Set<string>()
  const noticed = new Map<string, number>()
  const lane = async (): Promise<void> => {
    for (let name = randomUUID(), due = performance.now(); !stopping.signal.aborted;) {
      const { status, body } = await ask('/accounts', { name, kind: 'asset', currency: 'EUR' }).catch(
        (error: Error): HostAnswer => ({ status: 0, body: error.message }),
      )
      if (status === 201 || (status === 409 && body.includes('account.name-used'))) {
        acknowledged.add(name)
        name = randomUUID()
      } else {
        const [code = body.slice(0, 60)] = /"code":"[^"]+"/.exec(body) ?? []
        noticed.set(`${status} ${code}`, (noticed.get(`${status} ${code}`) ?? 0) + 1)
      }
      const now = performance.now()
      due = Math.max(due + everyMs, now - makesUpMs)
      await pause(Math.max(0, due - now))
    }
  }
  const running = Promise.all(Array.from({ length: lanes }, lane))
  return {
    acknowledged,
    noticed,
    async stop() {
      stopping.abort()
      await running
    },
  }
}
