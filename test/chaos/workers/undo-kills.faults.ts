import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import {
  canTurnBack,
  type Dump,
  HOME,
  instance,
  type Place,
  placesOf,
  type Subject,
  TENANT_LIFE,
} from '../../support/subject-life.ts'
import { killGround, type KillGround } from '../support/kill-ground.ts'
import { undoPlacesOf } from '../support/undo-places.ts'

/** Every operation fails at the last step from which it turns back, and a worker dies before and after every undo of it. */
const CREW = 5
/** Retiring a cell turns back from nothing. */
const CELL_LIFE = ['cell.create', 'unit.deploy', 'unit.attest'] as const satisfies OperationKind[]

let ground: KillGround
beforeAll(async () => {
  ground = await killGround(CREW)
})
afterAll(async () => ground?.stop())

/** The last place at which there is most to take back. */
const breaksIn = (kind: OperationKind, { unit = 'cell' }: Subject): Place => {
  const last = placesOf(kind, unit).findLast(({ step }) => canTurnBack(kind, step, unit))
  if (!last) throw new Error(`${kind} does not turn back`)
  return last
}

/** Lives a life whose operations each fail, are taken back, and are asked for again; says what there was after both. */
async function live(subject: Subject, life: readonly OperationKind[], killed: Place['when'] | 'never') {
  const ends = new Map<string, Dump>()
  for (const kind of life) {
    expect(undoPlacesOf(kind, subject.unit)).not.toEqual([])
    const kills = undoPlacesOf(kind, subject.unit).filter(({ when }) => when === killed)
    const failed = await ground.perform(kind, subject, { kills, breaks: breaksIn(kind, subject) })
    ends.set(`${kind} taken back`, await ground.dumpOf(subject))
    await ground.retry(failed)
    ends.set(`${kind} asked for again`, await ground.dumpOf(subject))
  }
  return ends
}

type Named = (name: string) => Subject

/** Three of a kind: one whose workers live, one whose workers die before every undo, one whose workers die after it. */
async function compare(kind: string, subject: Named, life: readonly OperationKind[]): Promise<void> {
  const [undisturbed, before, after] = await Promise.all(
    (['never', 'before', 'after'] as const).map((when) => live(subject(`${kind}-${when}`), life, when)),
  )
  expect(before).toEqual(undisturbed)
  expect(after).toEqual(undisturbed)
}

// By itself and first: tenants would be placed in these cells as well.
test('cells come to the same ends when workers are killed at every undo', async () => {
  await compare('cell', (name) => ({ name, cell: name }), CELL_LIFE)
  for (const when of ['never', 'before', 'after']) {
    const name = `cell-${when}`
    await ground.perform('cell.retire', { name, cell: name }, { kills: [] })
  }
})

test.concurrent.each([
  { kind: 'shared', subject: (name: string): Subject => ({ name, cell: HOME.cell }) },
  { kind: 'private', subject: instance },
])('$kind tenants come to the same ends when workers are killed at every undo', async ({ kind, subject }) => {
  await compare(kind, subject, TENANT_LIFE)
})

test('no worker ended in any other way', () => {
  expect(ground.surprises()).toEqual([])
})
