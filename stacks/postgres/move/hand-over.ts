import type { Link } from '../../kubernetes/link.ts'
import type { FreezeLimits } from './barrier.ts'
import { prepareReturn } from './copy.ts'
import { refuseUnready } from './progress.ts'
import { enableFlow, endFlow } from './flow.ts'
import { movableTables } from './inspect.ts'
import { moveProblems } from './move.errors.ts'
import { asStep, atEnd, flowOf, type Move } from './move.ts'
import type { Held } from '../fence.ts'
import { readSide, readSides, sidesUnderWay, sideTable } from './side.ts'
import type { MoveTable } from './tables.ts'
import { settle, turn } from './turn.ts'

export type HandOver = FreezeLimits & {
  /** Sends the tenant's requests to the side that is writable now; inside the freeze that is measured. Safe to repeat. */
  switchRoutes: () => Promise<void>
}
export type HandOverReport = {
  /** Milliseconds from the first refused write to the end of `switchRoutes`, by the source's clock. */
  freezeMs: number
  /** Keys written since the copy began that were compared on both sides. */
  rowsCompared: number
}

/**
 * Hands the rows over: settles, freezes the source, drains, compares, opens the target, switches the routes, and from then on replicates
 * back. Safe to repeat after any interruption, also from another process; a repeat reports the same. Throws `move.not-ready`,
 * `move.refused` when the schemas have come to differ, `move.rows-differ`, `move.writers-open` and `move.freeze-too-long`; the
 * source is writable again after each of them.
 */
export async function handOver(move: Move, { switchRoutes, ...limits }: HandOver, link: Link): Promise<HandOverReport> {
  if (!(await sidesUnderWay(move)).target.writable) {
    await refuseUnready(move)
    await prepareReturn(move, link)
  }
  return asStep(move, link, async (held) => {
    if (!(await sidesUnderWay(move)).target.writable) {
      const tables = await movableTables(move)
      await refuseUnpublished(move, tables)
      const step = { move, way: 'out', tables, held, signal: link.signal } as const
      await settle(step)
      await turn(step, limits)
    }
    await switchRoutes()
    const report = await closeReport(move)
    await startReturn(move, held, link)
    return report
  })
}

/** A table made after the publication is in neither copy. */
async function refuseUnpublished(move: Move, tables: readonly MoveTable[]): Promise<void> {
  const { from, name } = flowOf(move, 'out')
  const published = await atEnd(from, ({ run }) =>
    run<{ schema: string; name: string }>(
      'read what is published',
      'select schemaname as schema, tablename as name from pg_publication_tables where pubname = $1',
      [name],
    ),
  )
  const refusals = tables
    .filter((table) => !published.some((one) => one.schema === table.schema && one.name === table.name))
    .map(({ table }) => ({ rule: 'schema-differs', object: table, message: 'made after the copy began' }))
  if (refusals.length > 0)
    throw moveProblems['move.refused']({
      detail: `${refusals[0]?.object}: made after the copy began`,
      extra: { refusals },
    })
}

/** From now on what is written at the target is replicated back; first the way out must have ended, or it would go round. */
export async function startReturn(move: Move, held: Held, link: Link): Promise<void> {
  await endFlow(flowOf(move, 'out'), held, link)
  held()
  await enableFlow(flowOf(move, 'back'))
}

async function closeReport(move: Move): Promise<HandOverReport> {
  await atEnd(move.source, async (source) => {
    const side = await readSide(source, move)
    if (side?.freezeMs === null && side.frozenMs !== null)
      await source.run('note the freeze', `update ${sideTable(move)} set freeze_ms = $1`, [Math.round(side.frozenMs)])
  })
  return readReport(move)
}

/** What a hand-over has measured. Throws `move.not-handed-over` when the target is not writable yet. */
export async function readReport(move: Move): Promise<HandOverReport> {
  const { source, target } = await readSides(move)
  if (!source || !target || source.freezeMs === null) throw moveProblems['move.not-handed-over']()
  return { freezeMs: source.freezeMs, rowsCompared: source.rowsCompared + target.rowsCompared }
}
