import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import {
  CELL_LIFE,
  type Dump,
  HOME,
  instance,
  type Place,
  placesOf,
  type Subject,
  TENANT_LIFE,
} from '../../support/subject-life.ts'
import { killGround, type KillGround } from '../support/kill-ground.ts'

/** A worker dies by SIGKILL before and after every step of every process; what there is in the end is what there would be anyway. */
const CREW = 5

let ground: KillGround
beforeAll(async () => {
  ground = await killGround(CREW)
})
afterAll(async () => ground?.stop())

/** Lives a subject's life, its workers dying as told; says what there was after each operation. */
async function live(
  subject: Subject,
  life: readonly OperationKind[],
  killsIn: (kind: OperationKind) => readonly Place[],
): Promise<Map<OperationKind, Dump>> {
  const after = new Map<OperationKind, Dump>()
  for (const kind of life) {
    await ground.perform(kind, subject, { kills: killsIn(kind) })
    after.set(kind, await ground.dumpOf(subject))
  }
  return after
}

/** Places are shared out among lives beside each other: each dies at every fourth place of every operation. */
const SHARES = [0, 1, 2, 3] as const

describe.each([
  { what: 'cell', life: CELL_LIFE, subject: (name: string): Subject => ({ name, cell: name }) },
  { what: 'tenant', life: TENANT_LIFE, subject: (name: string): Subject => ({ name, cell: HOME.cell }) },
  { what: 'private tenant', life: TENANT_LIFE, subject: instance },
])('a $what', ({ what, life, subject }) => {
  const called = (name: string) => subject(`${what.split(' ')[0]}-${name}`)
  let undisturbed = new Map<OperationKind, Dump>()
  beforeAll(async () => {
    undisturbed = await live(called('plain'), life, () => [])
  })

  test.concurrent.each(SHARES)(
    'comes to the same end when its worker is killed at every fourth place from place %i on',
    async (share) => {
      const its = called(`killed-${share}`)
      const places = (of: OperationKind) => placesOf(of, its.unit).filter((_, index) => index % SHARES.length === share)
      const after = await live(its, life, places)
      for (const of of life) expect({ of, end: after.get(of) }).toEqual({ of, end: undisturbed.get(of) })
    },
  )
})

test('no worker ended in any other way', () => {
  expect(ground.surprises()).toEqual([])
})
