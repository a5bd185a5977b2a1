import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import {
  CELL_LIFE,
  type Dump,
  HOME,
  instance,
  type Place,
  placeOf,
  placesOf,
  type Subject,
  TENANT_LIFE,
} from '../../support/subject-life.ts'
import { killGround, type KillGround } from '../support/kill-ground.ts'

/** A worker dies by SIGKILL before and after every step of every process; what there is in the end is what there would be anyway. */
const CREW = 5
const MEASURED_CELL_LIFE = [...CELL_LIFE.slice(0, -1), 'unit.attest', 'cell.retire'] as const satisfies OperationKind[]

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

const rounds = (life: readonly OperationKind[]) =>
  Array.from({ length: Math.max(...life.map((kind) => placesOf(kind).length)) }, (_, round) => ({
    round,
    at: life.map((of) => Object.values(placeOf(of, round)).join(' ')).join(', '),
  }))

describe.each([
  { what: 'cell', life: MEASURED_CELL_LIFE, subject: (name: string): Subject => ({ name, cell: name }) },
  { what: 'tenant', life: TENANT_LIFE, subject: (name: string): Subject => ({ name, cell: HOME.cell }) },
])('a $what', ({ what, life, subject }) => {
  let undisturbed = new Map<OperationKind, Dump>()
  beforeAll(async () => {
    undisturbed = await live(subject(`${what}-plain`), life, () => [])
  })

  test.concurrent.each(rounds(life))('comes to the same end when its worker is killed at: $at', async ({ round }) => {
    const name = `${what}-killed-${String.fromCodePoint(97 + round)}`
    const after = await live(subject(name), life, (of) => [placeOf(of, round)])
    for (const of of life) expect({ of, end: after.get(of) }).toEqual({ of, end: undisturbed.get(of) })
  })
})

/** Lives of private tenants take longer: each dies at every fourth place of every process instead of at one. */
const SHARES = [0, 1, 2, 3] as const

describe('a private tenant', () => {
  let undisturbed = new Map<OperationKind, Dump>()
  beforeAll(async () => {
    undisturbed = await live(instance('own-plain'), TENANT_LIFE, () => [])
  })

  test.concurrent.each(SHARES)(
    'comes to the same end when its worker is killed at every fourth place from place %i on',
    async (share) => {
      const places = (of: OperationKind) =>
        placesOf(of, 'instance').filter((_, index) => index % SHARES.length === share)
      const after = await live(instance(`own-killed-${share}`), TENANT_LIFE, places)
      for (const of of TENANT_LIFE) expect({ of, end: after.get(of) }).toEqual({ of, end: undisturbed.get(of) })
    },
  )
})

test('no worker ended in any other way', () => {
  expect(ground.surprises()).toEqual([])
})
