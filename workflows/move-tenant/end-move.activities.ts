import type { ActivitiesOf, StepInput } from '../saga/saga.policy.ts'
import { link } from '../steps/link.ts'
import { refuseLeftovers } from '../steps/leftovers.ts'
import type { StepDeps } from '../steps/step-deps.ts'
import type { ABORT_IN_CELL, RETIRE_IN_CELL } from './end-move.policy.ts'
import { findMove, findMoving, rowsOf } from './moving.ts'
import { orderOf } from '../steps/stack-order.ts'
import { unitNames } from '../../control-plane/domain/naming.ts'
import type { Leftover } from '../../control-plane/domain/leftover.ts'
import { takeBack } from './switch.ts'

type Steps = Pick<ActivitiesOf<typeof RETIRE_IN_CELL>, 'retireRows' | 'verifyLeft'> &
  Pick<ActivitiesOf<typeof ABORT_IN_CELL>, 'returnRows'>

/** The steps that end a move one way or the other; what removes a place of the tenant's own is in steps/. */
export const endMoveActivities = (deps: StepDeps): Steps => ({
  retireRows: (input) => retireRows(deps, input),
  async returnRows(input) {
    await deps.database.transaction(async (tx) => {
      await deps.assertCurrent(tx, input)
      await deps.moves.enter(tx, input.tenantId ?? '', 'aborting')
    })
    await takeBack(deps, input, 'do')
  },
  verifyLeft: (input) => (input.unitKind === 'stack' ? verifyStackGone(deps, input) : verifyLeft(deps, input)),
})

async function verifyLeft(deps: StepDeps, input: StepInput): Promise<void> {
  const { move, source, target } = await findMoving(deps, input)
  const { hands, unit, names } = input.unitId === source.unit.id ? source : target
  const { slug, host } = await deps.database.transaction((tx) => deps.tenantFacts(tx, move.tenantId))
  const traces = { moveId: move.id, tenantId: move.tenantId, slug, host, unitId: unit.id, unit: unit.name, names }
  await refuseLeftovers(`tenant ${slug} in ${unit.name}`, async () => [
    ...(await hands.sweep.moved(traces, link())),
    ...(unit.kind === 'cell' ? [] : await hands.sweep.unit(traces, link())),
  ])
}

/** What was inside went with its cluster: its parts are looked for, and what carries its name in the region that served it. */
async function verifyStackGone(deps: StepDeps, input: StepInput): Promise<void> {
  const order = await orderOf(deps, input, 'do')
  const { stack: unit, region } = order
  const { sweep } = await deps.handsOf(region)
  const traces = { unitId: input.unitId, unit, names: unitNames('stack', unit) }
  const look = async (): Promise<Leftover[]> => [
    ...(await deps.stacks.leftovers(order, link())),
    ...(await sweep.unit(traces, link())),
  ]
  await refuseLeftovers(`stack ${unit}`, look)
}

/** From here on nothing leads back: the records say so before the first row goes. */
async function retireRows(deps: StepDeps, input: StepInput): Promise<void> {
  if ((await findMove(deps, input)).rows === 'erased') return
  const moving = await findMoving(deps, input)
  const { move } = moving
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.moves.enter(tx, move.tenantId, 'retiring')
    await deps.moves.setRows(tx, move.id, 'erasing')
  })
  const { rowsErased } = await deps.rows.retire(rowsOf(moving, input, 'do'), link())
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.moves.setRows(tx, move.id, 'erased')
    if (rowsErased > 0) await deps.moves.noteReport(tx, move.id, { rowsErased }) // a repeat finds none
  })
}
