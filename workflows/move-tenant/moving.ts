import type { Move } from '../../stacks/postgres/move/move.ts'
import type { Tx } from '../../control-plane/platform/database.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import { link } from '../steps/link.ts'
import {
  fenceOf,
  type OpenMove,
  type Phase,
  type Place,
  placeOf,
  type StepDeps,
  tenantIdOf,
} from '../steps/step-deps.ts'
import { problems } from '../steps/steps.errors.ts'
import { awaitRevision } from '../steps/publication.activities.ts'

/** A move with the hands of both its places; `placed`: where the tenant is now. */
export type Moving = { move: OpenMove; source: Place; target: Place; placed: 'source' | 'target' }

export const findMoving = (deps: StepDeps, input: StepInput): Promise<Moving> =>
  deps.database.transaction((tx) => movingIn(deps, tx, input))

async function movingIn(deps: StepDeps, tx: Tx, input: StepInput): Promise<Moving> {
  const move = await moveIn(deps, tx, input)
  const { unitId } = await deps.tenantFacts(tx, move.tenantId)
  return {
    move,
    source: await placeOf(deps, tx, { unitId: move.sourceUnitId }),
    target: await placeOf(deps, tx, { unitId: move.targetUnitId }),
    placed: unitId === move.targetUnitId ? 'target' : 'source',
  }
}

/** The records of a move alone: for what happens before one of its places is there, and after it has gone. */
export const findMove = (deps: StepDeps, input: StepInput): Promise<OpenMove> =>
  deps.database.transaction((tx) => moveIn(deps, tx, input))

export async function moveIn(deps: StepDeps, tx: Tx, input: StepInput): Promise<OpenMove> {
  const tenantId = tenantIdOf(input)
  const move = await deps.moves.open(tx, tenantId)
  if (move !== undefined) return move
  throw problems['move.ended']({ detail: `tenant ${tenantId} has no move that has not ended` })
}

/** The way of the rows, for the engine: each place says where its database is. */
export const rowsOf = ({ move, source, target }: Moving, input: StepInput, phase: Phase): Move => ({
  id: move.id,
  tenantId: move.tenantId,
  epoch: fenceOf(input, phase),
  source: source.hands.databases.end(source.names),
  target: target.hands.databases.end(target.names),
})

/** The input of a step as if its operation were about the other place: for what is done at both. */
export const at = (input: StepInput, { unit }: Place): StepInput => ({ ...input, unitId: unit.id, unitKind: unit.kind })

/**
 * Lists the tenant in the tenants file of a unit beside the one that it is placed in, or in none (`guest` null), and waits until every pod
 * of `where` has loaded that.
 */
export async function publishGuest(
  deps: StepDeps,
  input: StepInput,
  { move, where, guest }: { move: OpenMove; where: Place; guest: string | null },
): Promise<void> {
  const file = await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.moves.setGuest(tx, move.id, guest)
    return deps.publishUnit(tx, where.unit.id)
  })
  const { hands, names, unit } = where
  const { namespace, tenantsConfigMap: configMap } = names
  await hands.cluster.publishTenants(
    { namespace, configMap, unitId: unit.id, unit: unit.name, file, epoch: input.epoch },
    link(),
  )
  await awaitRevision(hands, unit, file.revision)
}

/** Nothing of the place where the tenant is served now may be taken away. Throws `unit.occupied`. */
export async function refuseServing(deps: StepDeps, input: StepInput): Promise<void> {
  const { unitId } = await deps.database.transaction((tx) => deps.tenantFacts(tx, tenantIdOf(input)))
  if (unitId !== input.unitId) return
  throw problems['unit.occupied']({ detail: 'the unit serves the tenant: it stays' })
}
