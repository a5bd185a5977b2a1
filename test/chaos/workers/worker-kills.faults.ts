import { afterAll, beforeAll, expect, test } from 'vitest'
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
type Kind = { what: string; life: readonly OperationKind[]; subject: (name: string) => Subject }

/** Five of a kind beside each other: one whose workers live, and those whose workers die. */
async function compare({ what, life, subject }: Kind): Promise<void> {
  const undisturbed = live(subject(`${what}-plain`), life, () => [])
  const killed = SHARES.map((share) => {
    const its = subject(`${what}-killed-${share}`)
    return live(its, life, (of) => placesOf(of, its.unit).filter((_, index) => index % SHARES.length === share))
  })
  const [plain, ...ends] = await Promise.all([undisturbed, ...killed])
  for (const [share, after] of ends.entries()) {
    for (const of of life) expect({ share, of, end: after.get(of) }).toEqual({ share, of, end: plain.get(of) })
  }
}

test.concurrent.each([
  { what: 'cell', life: CELL_LIFE, subject: (name: string): Subject => ({ name, cell: name }) },
  { what: 'shared', life: TENANT_LIFE, subject: (name: string): Subject => ({ name, cell: HOME.cell }) },
  { what: 'private', life: TENANT_LIFE, subject: instance },
])('the end of a $what life is the same when a worker is killed before and after every step', async (kind) => {
  await compare(kind)
})

test('no worker ended in any other way', () => {
  expect(ground.surprises()).toEqual([])
})
