import { createHmac } from 'node:crypto'
import type { AuditAppend } from '../../platform/audit.ts'
import type { OnRefused, Refusal } from '../../platform/auth.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database.ts'
import { installationKey } from '../../platform/installation-key.ts'
import type { Logger } from '../../platform/logger.ts'

/** Counted refusals of one minute, one actor or address, one code and one route. */
type Tally = { first: Refusal; minute: number; count: number }
export type Refusals = {
  /** Counts a refusal; costs the request nothing but a look-up. */
  note: OnRefused
  /** Records what was counted in minutes that are over, or everything. */
  flush: (what: 'past' | 'all') => Promise<void>
  start: () => void
  /** Records the rest. */
  stop: () => Promise<void>
}
type Deps = {
  database: Pick<Database, 'transaction'>
  audit: AuditAppend
  clock: Clock
  logger: Pick<Logger, 'warn'>
}

const MINUTE_MS = 60_000
const FLUSH_MS = 5_000
/** A flood from ever new addresses or with ever new tokens becomes few lines: what is beyond is told together, by its code. */
export const MOST_TALLIES = 200

/**
 * Refusals go to a stream of their own and are counted first: a flood of a million requests leaves at most some hundred events a
 * minute, never one each. Addresses are recorded as keyed hashes: equal ones can be recognised, none can be read.
 */
export function createRefusals(deps: Deps): Refusals {
  let tallies = new Map<string, Tally>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  function note(refusal: Refusal): void {
    const minute = Math.floor(deps.clock.now().getTime() / MINUTE_MS)
    const { holder, address, code, method, route } = refusal
    const key = [minute, holder?.operatorId ?? address, code, method, route].join(' ')
    const known = tallies.get(key)
    if (known !== undefined) return void known.count++
    if (tallies.size < MOST_TALLIES) return void tallies.set(key, { first: refusal, minute, count: 1 })
    const rest = `${minute} ${code}`
    const others = tallies.get(rest)
    const first = { ...refusal, holder: null, verb: null, address: 'others', method: '*', route: '*' }
    if (others === undefined) tallies.set(rest, { first, minute, count: 1 })
    else others.count++
  }
  async function write(what: 'past' | 'all'): Promise<void> {
    const now = Math.floor(deps.clock.now().getTime() / MINUTE_MS)
    const [due, kept] = [new Map<string, Tally>(), new Map<string, Tally>()]
    for (const [key, tally] of tallies) (what === 'all' || tally.minute < now ? due : kept).set(key, tally)
    if (due.size === 0) return
    tallies = kept
    try {
      await record(deps, [...due.values()])
    } catch (err) {
      for (const [key, tally] of due) {
        const again = tallies.get(key)
        if (again === undefined) tallies.set(key, tally)
        else again.count += tally.count
      }
      deps.logger.warn({ event: 'audit.refusals-kept', err }, 'refusals could not be recorded: kept for the next try')
    }
  }
  const flush = (what: 'past' | 'all') => (writing = writing.then(() => write(what)))
  return {
    note,
    flush,
    start: () => void (timer = setInterval(() => void flush('past'), FLUSH_MS).unref()),
    stop: () => {
      clearInterval(timer)
      return flush('all')
    },
  }
}

const record = ({ database, audit }: Deps, due: readonly Tally[]): Promise<void> =>
  database.transaction(async (tx) => {
    const key = await installationKey(tx, 'refusals')
    for (const { first, minute, count } of due) {
      const { holder, address, code, method, route, verb, requestId } = first
      const hashed = createHmac('sha256', key).update(address).digest('hex').slice(0, 16)
      await audit(tx, {
        stream: 'refusals',
        actor: holder === null ? null : { ...holder, requestId },
        action: 'access.refuse',
        subject:
          holder === null ? `address:${address === 'others' ? address : hashed}` : `operator:${holder.operatorId}`,
        outcome: 'refused',
        requestId,
        detail: { code, verb, method, route, count, minute: new Date(minute * MINUTE_MS).toISOString() },
      })
    }
  })
