import type { Sighting } from '../../control-plane/domain/contract.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import { saw, type Seen, unclear } from './sighting.ts'

/** Runs a phase on a scratch database, to its end. Throws `migration.failed` and `migration.impossible` as its Job ended. */
export type RunPhase = (phase: 'expand' | 'contract', run: number) => Promise<void>

const ENDED: ReadonlySet<string> = new Set(['migration.failed', 'migration.impossible'])
const HEALTHY = 'a release that works never ends so; README says what the code means'

/** Each phase twice, on a database that nobody else uses: what a product makes of a repetition is not tried on its tenants. */
export async function migrationClauses(run: RunPhase, signal: AbortSignal): Promise<Seen> {
  const expand = await twice('expand', run, signal)
  const ready = expand.every(({ holds }) => holds === true)
  const contract = ready
    ? await twice('contract', run, signal)
    : [unclear('the contract phase', 'it needs the expand phase, which did not end well')]
  return {
    'migrate.expand': expand,
    'migrate.contract': contract,
    'migrate.exit-codes': [unclear('exit code 3', HEALTHY, 'beyond')],
  }
}

async function twice(phase: 'expand' | 'contract', run: RunPhase, signal: AbortSignal): Promise<Sighting[]> {
  const seen: Sighting[] = []
  for (const [n, time] of ['', 'once more'].entries()) {
    const what = `migrate --phase ${phase} ${time}`.trim()
    try {
      await run(phase, n + 1)
      seen.push(saw(what, 'exit code 0', 'exit code 0', true))
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof Problem)) throw error
      seen.push(ENDED.has(error.code) ? saw(what, 'exit code 0', error.message, false) : unclear(what, error.message))
      return seen
    }
  }
  return seen
}
