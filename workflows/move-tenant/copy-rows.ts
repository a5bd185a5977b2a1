import { setTimeout as pause } from 'node:timers/promises'
import type { StepInput } from '../saga/saga.policy.ts'
import { link } from '../steps/link.ts'
import type { StepDeps } from '../steps/step-deps.ts'
import { problems } from '../steps/steps.errors.ts'
import { findMoving, rowsOf } from './moving.ts'

const LOOK_EVERY_MS = 250
/** Workers of the copy that failed and were started again: more than this is no accident. */
const MOST_ERRORS = 20

/** Copies the rows and waits until the target follows what is written. Returns at once where they have been handed over already. */
export async function copyRows(deps: StepDeps, input: StepInput): Promise<void> {
  const began = performance.now()
  const moving = await findMoving(deps, input)
  const move = rowsOf(moving, input, 'do')
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.moves.setRows(tx, moving.move.id, 'copying')
  })
  const { signal, onEvent } = link()
  await deps.rows.copy(move, { signal, ...(onEvent ? { onEvent } : {}) })
  for (;;) {
    const { ready, tables, errors } = await deps.rows.progress(move)
    if (ready) {
      await deps.rows.compare(move, link())
      const copyMs = Math.round(performance.now() - began)
      await deps.database.transaction((tx) => deps.moves.noteReport(tx, moving.move.id, { tables, copyMs }))
      return
    }
    if (errors > MOST_ERRORS)
      throw problems['move.copy-failing']({
        detail: `copying failed ${errors} times; the log of the target's database says why`,
      })
    await pause(LOOK_EVERY_MS, undefined, { signal })
  }
}
