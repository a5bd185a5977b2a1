import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import type { RegionSettings } from '../../../control-plane/domain/region-settings.ts'
import { createRenderer } from '../../../stacks/kubernetes/render.ts'
import { openRegions, type Regions } from '../../../workflows/regions/regions.ts'
import type { Hands } from '../../../workflows/regions/hands.ts'
import { testEstate, type TestEstate } from '../../support/estate.ts'
import { toolBinary } from '../../support/kubernetes.ts'
import {
  CELL_LIFE,
  dump,
  type Dump,
  HOME,
  placeOf,
  placesOf,
  request,
  type Subject,
  TENANT_LIFE,
} from '../../support/subject-life.ts'
import { type Crew, startCrew } from '../support/crew.ts'

/** A worker dies by SIGKILL before and after every step of every process; what there is in the end is what there would be anyway. */
const CREW = 4

let its: TestEstate
let crew: Crew
let regions: Regions
let hands: Hands
beforeAll(async () => {
  its = await testEstate({ without: ['worker'] })
  crew = await startCrew(its.estate, CREW)
  regions = openRegions(createRenderer({ helm: await toolBinary('helm'), charts: ['charts'] }))
  const region = JSON.parse(await readFile(its.estate.regionFile, 'utf8')) as { name: string; settings: RegionSettings } // the estate wrote it
  hands = await regions.handsOf(region)
  await perform('cell.create', HOME, [])
})
afterAll(async () => {
  await crew?.stop()
  await regions?.close()
  await its?.remove()
})

type Places = ReturnType<typeof placesOf>

async function perform(kind: OperationKind, subject: Subject, places: Places): Promise<void> {
  const { status, body } = await request(its, kind, subject)
  if (status !== 202) throw new Error(`${kind} of ${subject.name}: ${status} ${JSON.stringify(body)}`)
  const operationId = String(body['operationId'])
  crew.arrange(operationId, places)
  await its.plane.settle(operationId)
  expect({ kind, killed: crew.killed(operationId, places) }).toEqual({ kind, killed: places.length })
}

/** Lives a subject's life, its workers dying as told; says what there was after each operation. */
async function live(subject: Subject, life: readonly OperationKind[], placesIn: (kind: OperationKind) => Places) {
  const after = new Map<OperationKind, Dump>()
  for (const kind of life) {
    await perform(kind, subject, placesIn(kind))
    after.set(kind, await dump(its, hands, subject))
  }
  return after
}

const rounds = (life: readonly OperationKind[]) =>
  Array.from({ length: Math.max(...life.map((kind) => placesOf(kind).length)) }, (_, round) => ({
    round,
    at: life.map((of) => Object.values(placeOf(of, round)).join(' ')).join(', '),
  }))

describe.each([
  { what: 'cell', life: CELL_LIFE, subject: (name: string): Subject => ({ name, cell: name }) },
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

test('no worker ended in any other way', () => {
  expect(crew.surprises()).toEqual([])
})
