import type { ActivitiesOf, StepInput } from '../saga/saga.policy.ts'
import { link } from '../steps/link.ts'
import type { StepDeps } from '../steps/step-deps.ts'
import { copyRows } from './copy-rows.ts'
import { placeOf } from '../steps/step-deps.ts'
import { findMoving, moveIn, publishGuest, refuseServing, rowsOf } from './moving.ts'
import type { MOVE_TO_CELL } from './move-tenant.policy.ts'
import { FREEZE, switchTo, takeBack } from './switch.ts'
import { verifyRows } from './verify.ts'

type Steps = Omit<ActivitiesOf<typeof MOVE_TO_CELL>, 'applyRoute' | 'undoApplyRoute' | 'probeServing'>

/** What only a move has; making the new place, its route and the question who answers are steps of every unit. */
export const moveTenantActivities = (deps: StepDeps): Steps => ({
  inspectMove: (input) => inspect(deps, input),
  /** The last undo of all: what comes before it has been taken back, or is said to have stayed. */
  async undoInspectMove(input) {
    await deps.database.transaction(async (tx) => {
      await deps.assertCurrent(tx, input)
      const move = await moveIn(deps, tx, input)
      if (move.rows === 'none' || move.rows === 'returned') await deps.moves.noteTakenBack(tx, move.id)
    })
  },
  copyRows: (input) => copyRows(deps, input),
  undoCopyRows: (input) => takeBack(deps, input, 'undo'),
  async publishGuest(input) {
    const { move, target } = await findMoving(deps, input)
    await publishGuest(deps, input, { move, where: target, guest: target.unit.id })
  },
  async undoPublishGuest(input) {
    await refuseServing(deps, input)
    const { move, target } = await findMoving(deps, input)
    await publishGuest(deps, input, { move, where: target, guest: null })
  },
  switchTenant: (input) => switchTenant(deps, input),
  undoSwitchTenant: (input) => takeBack(deps, input, 'undo'),
  /** From the place that the tenant is not in: after the switch that is the old one, after it was taken back the new one. */
  withdrawGuest: (input) => withdraw(deps, input),
  verifyRows: (input) => verifyRows(deps, input),
})

async function withdraw(deps: StepDeps, input: StepInput): Promise<void> {
  if (input.kind === 'tenant.move-abort' && input.unitKind !== 'cell')
    return deps.database.transaction(async (tx) => {
      await deps.assertCurrent(tx, input) // its pods go next, and where that broke off they are gone already
      await deps.moves.setGuest(tx, (await moveIn(deps, tx, input)).id, null)
    })
  const { move, source, target, placed } = await findMoving(deps, input)
  await publishGuest(deps, input, { move, where: placed === 'target' ? source : target, guest: null })
}

/** Of a place that is still to be made nothing can be compared: what the rows themselves forbid is said before it is made. */
async function inspect(deps: StepDeps, input: StepInput): Promise<void> {
  if (input.unitKind === 'cell') return deps.rows.inspect(rowsOf(await findMoving(deps, input), input, 'do'))
  const { move, source } = await deps.database.transaction(async (tx) => {
    const found = await moveIn(deps, tx, input)
    return { move: found, source: await placeOf(deps, tx, { unitId: found.sourceUnitId }) }
  })
  await deps.rows.inspectSource({
    id: move.id,
    tenantId: move.tenantId,
    source: source.hands.databases.end(source.names),
  })
}

async function switchTenant(deps: StepDeps, input: StepInput): Promise<void> {
  const moving = await findMoving(deps, input)
  const move = rowsOf(moving, input, 'do')
  const { lagBytes } = await deps.rows.progress(move)
  const switchRoutes = () => switchTo(deps, input, moving, 'target', 'do')
  const { freezeMs, rowsCompared } = await deps.rows.handOver(move, { ...FREEZE, switchRoutes }, link())
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.moves.noteReport(tx, moving.move.id, { lagBytes, freezeMs, rowsCompared })
  })
}
