import { readFile } from 'node:fs/promises'
import { CustomObjectsApi, KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { KINDS, type OperationKind } from '../../control-plane/domain/operation-kinds.ts'
import type { RegionSettings } from '../../control-plane/domain/region-settings.ts'
import type { Hands } from '../../workflows/regions/hands.ts'
import { testEstate, type TestEstate } from '../support/estate.ts'
import { type Fault, type FaultyWorker, faultyWorker } from '../support/faulty-worker.ts'
import { handsSuite } from '../support/hands-suite.ts'
import { isMeddledAway } from '../support/meddle.ts'
import {
  canTurnBack,
  CELL_LIFE,
  dump,
  type Dump,
  HOME,
  instance,
  placeOf,
  placesOf,
  request,
  type Subject,
  TENANT_LIFE,
} from '../support/subject-life.ts'

/** Every step of every process fails once before and once after its effect, on the real servers. */
let its: TestEstate
let worker: FaultyWorker
let hands: Hands
beforeAll(async () => {
  its = await testEstate({ without: ['worker'] })
  worker = await faultyWorker(its.estate)
  const region = JSON.parse(await readFile(its.estate.regionFile, 'utf8')) as { name: string; settings: RegionSettings } // the estate wrote it
  hands = await worker.regions.handsOf(region)
  await ask('cell.create', HOME, [])
})
afterAll(async () => {
  await worker?.stop()
  await its?.remove()
})

async function ask(kind: OperationKind, subject: Subject, faults: readonly Fault[]): Promise<string> {
  const { status, body } = await request(its, kind, subject)
  if (status !== 202) throw new Error(`${kind} of ${subject.name}: ${status} ${JSON.stringify(body)}`)
  return follow(String(body['operationId']), faults)
}

async function follow(operationId: string, faults: readonly Fault[]): Promise<string> {
  worker.arrange(operationId, faults)
  await its.plane.settle(operationId, faults.some(({ kind }) => kind === 'fatal') ? 'failed' : 'succeeded')
  expect(worker.happened(operationId)).toBe(faults.length)
  return operationId
}

/**
 * Lives a subject's life with the faults of each operation; says what there was after each. Where a step failed for good before
 * the point of no return, everything is as it was before the operation until that is asked for again.
 */
async function live(
  subject: Subject,
  life: readonly OperationKind[],
  faultsOf: (kind: OperationKind) => readonly Fault[],
) {
  const after = new Map<OperationKind, Dump>()
  let before: Pick<Dump, 'things' | 'answer'> = { things: [], answer: undefined }
  for (const kind of life) {
    const faults = faultsOf(kind)
    const failed = await ask(kind, subject, faults)
    const fault = faults.find((one) => one.kind === 'fatal')
    if (fault) {
      const { things, answer } = await dump(its, hands, subject)
      const told = before.answer && answer
      // a repair that turns back leaves what was meddled with as it found it: the Service is gone
      const there = kind === 'unit.reconcile' ? before.things.filter((thing) => !isMeddledAway(thing)) : before.things
      const left = kind === 'unit.reconcile' ? things.filter((thing) => !isMeddledAway(thing)) : things
      if (canTurnBack(kind, fault.step, subject.unit))
        expect({ kind, fault, things: left, answer: told }).toEqual({ kind, fault, ...before, things: there })
      const { status, body } = await its.plane.call('POST', `/v1/operations/${failed}/retry`)
      expect({ status, body }).toMatchObject({ status: 202 })
      await follow(String(body['operationId']), [])
    }
    const now = await dump(its, hands, subject)
    after.set(kind, now)
    before = { things: now.things, answer: now.answer }
  }
  return after
}

const rounds = (life: readonly OperationKind[]) =>
  Array.from({ length: Math.max(...life.map((kind) => KINDS[kind].steps.length * 2)) }, (_, round) => round).flatMap(
    (round) =>
      (['passing', 'fatal'] as const).map((kind) => ({
        round,
        kind,
        at: life.map((of) => Object.values(placeOf(of, round)).join(' ')).join(', '),
      })),
  )

describe.each([
  {
    what: 'a cell',
    life: CELL_LIFE,
    subject: (name: string): Subject => ({ name, cell: name }),
    sights: ['database <database> in product database cluster', 'Deployment ledger in namespace cell-<name>'],
  },
  {
    what: 'a tenant',
    life: TENANT_LIFE,
    subject: (name: string): Subject => ({ name, cell: HOME.cell }),
    sights: ['HTTPRoute tenant-<name> in namespace cell-home', 'EdgeRoute <host> in edge'],
  },
])('$what', ({ what, life, subject, sights }) => {
  const undisturbed = { after: new Map<OperationKind, Dump>() }
  const prefix = what.split(' ')[1] ?? ''
  beforeAll(async () => {
    undisturbed.after = await live(subject(`${prefix}-plain`), life, () => [])
  })

  test('what is compared sees what there is', () => {
    const [first, last] = [undisturbed.after.get(life[0]), undisturbed.after.get(life.at(-1) ?? life[0])]
    expect(first?.things).toEqual(expect.arrayContaining(sights))
    expect(last?.things).toEqual([])
  })

  test.concurrent.each(rounds(life))('comes to the same end after $kind faults: $at', async ({ round, kind }) => {
    const faulty = subject(`${prefix}-${kind}-${String.fromCodePoint(97 + round)}`)
    const after = await live(faulty, life, (of) => [{ ...placeOf(of, round), kind }])
    for (const of of life) expect({ of, end: after.get(of) }).toEqual({ of, end: undisturbed.after.get(of) })
  })
})

describe('a private tenant', () => {
  const undisturbed = { after: new Map<OperationKind, Dump>() }
  beforeAll(async () => {
    undisturbed.after = await live(instance('own-plain'), TENANT_LIFE, () => [])
  })
  const same = (after: Map<OperationKind, Dump>) => {
    for (const of of TENANT_LIFE) expect({ of, end: after.get(of) }).toEqual({ of, end: undisturbed.after.get(of) })
  }

  test('what is compared sees what there is', () => {
    expect(undisturbed.after.get('tenant.provision')?.things).toEqual(
      expect.arrayContaining([
        'Namespace tenant-<name> in cluster',
        'database <database> in product database cluster',
        'Deployment ledger in namespace tenant-<name>',
        'EdgeRoute <host> in edge',
      ]),
    )
    expect(undisturbed.after.get('tenant.decommission')?.things).toEqual([])
  })

  test.concurrent.each(['before', 'after'] as const)(
    'comes to the same end when every step fails once, %s its effect',
    async (when) => {
      const places = (of: OperationKind) => placesOf(of, 'instance').filter((place) => place.when === when)
      const faults = (of: OperationKind) => places(of).map((place): Fault => ({ ...place, kind: 'passing' }))
      same(await live(instance(`own-${when}`), TENANT_LIFE, faults))
    },
  )

  test.concurrent.each(['first', 'last'] as const)(
    'takes everything back when its %s step fails for good, and comes to the same end when asked again',
    async (which) => {
      const place = (of: OperationKind) => {
        const places = placesOf(of, 'instance').filter(({ step }) => canTurnBack(of, step, 'instance'))
        return places.at(which === 'first' ? 1 : -1) // after the effect: there is something to take back
      }
      const faults = (of: OperationKind) => [place(of)].flatMap((at): Fault[] => (at ? [{ ...at, kind: 'fatal' }] : []))
      same(await live(instance(`own-${which}`), TENANT_LIFE, faults))
    },
  )
})

describe('the hands of the estate keep what the fakes of the workflow tests promise', () => handsSuite(() => hands))

test('what cannot be taken back is labelled, reported, and made good by a retry', async () => {
  const subject = { name: 'stuck', cell: HOME.cell }
  const failed = await ask('tenant.provision', subject, [
    { step: 'probe-serving', when: 'before', kind: 'fatal' },
    { step: 'undo-apply-route', when: 'before', kind: 'fatal' },
  ])
  const labelled = async () => {
    const config = new KubeConfig()
    config.loadFromFile(its.estate.credentials.kubeconfig('sweep'))
    const routes = {
      group: 'gateway.networking.k8s.io',
      version: 'v1',
      plural: 'httproutes',
      namespace: unitNames('cell', HOME.cell).namespace,
    }
    const labelSelector = `steward.dev/quarantined=${failed}`
    const { items } = (await config
      .makeApiClient(CustomObjectsApi)
      .listNamespacedCustomObject({ ...routes, labelSelector })) as { items: unknown[] }
    return items.length
  }
  const told = async () => {
    const { body } = await its.plane.call<{ conditions: { type: string; status: string }[] }>(
      'GET',
      '/v1/tenants/stuck',
    )
    return body.conditions.find(({ type }) => type === 'Quarantined')?.status
  }
  expect([await labelled(), await told()]).toEqual([1, 'true'])
  const { body } = await its.plane.call('POST', `/v1/operations/${failed}/retry`)
  await follow(String(body['operationId']), [])
  expect(await told()).toBe('false')
})
