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

/** Undos are shared out among lives beside each other: in each, workers die at every second of them, before or after it. */
const KILLS = (['before', 'after'] as const).flatMap((when) => [0, 1].map((share) => ({ when, share })))
type Kills = (typeof KILLS)[number]
const isKilled = (place: Place, index: number, { when, share }: Kills) =>
  place.when === when && Math.floor(index / 2) % 2 === share

/** Lives a life whose operations each fail, are taken back, and are asked for again; says what there was after both. */
async function live(subject: Subject, life: readonly OperationKind[], killed?: Kills) {
  const ends = new Map<string, Dump>()
  for (const kind of life) {
    const places = undoPlacesOf(kind, subject.unit)
    expect(places).not.toEqual([])
    const kills = killed ? places.filter((place, index) => isKilled(place, index, killed)) : []
    const failed = await ground.perform(kind, subject, { kills, breaks: breaksIn(kind, subject) })
    ends.set(`${kind} taken back`, await ground.dumpOf(subject))
    await ground.retry(failed)
    ends.set(`${kind} asked for again`, await ground.dumpOf(subject))
  }
  return ends
}

const NAMES = ['never', ...KILLS.map(({ when, share }) => `${when}-${share}`)]

/** Five of a kind beside each other: one whose workers live, and those whose workers die. */
test.concurrent.each([
  { what: 'cell', life: CELL_LIFE, subject: (name: string): Subject => ({ name, cell: name }) },
  { what: 'shared', life: TENANT_LIFE, subject: (name: string): Subject => ({ name, cell: HOME.cell }) },
  { what: 'private', life: TENANT_LIFE, subject: instance },
])('the ends of a $what life are the same when workers are killed at every undo', async ({ what, life, subject }) => {
  const ends = NAMES.map((name, index) => live(subject(`${what}-${name}`), life, KILLS[index - 1]))
  const [undisturbed, ...disturbed] = await Promise.all(ends)
  for (const [index, end] of disturbed.entries())
    expect({ killed: KILLS[index], end }).toEqual({ killed: KILLS[index], end: undisturbed })
})

test('no worker ended in any other way', () => {
  expect(ground.surprises()).toEqual([])
})
