import { readFile } from 'node:fs/promises'
import { CustomObjectsApi, KubeConfig } from '@kubernetes/client-node'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import type { OperationKind } from '../../control-plane/domain/operation-kinds.ts'
import type { UnitKind } from '../../control-plane/domain/unit-kinds.ts'
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
  type Place,
  placesOf,
  request,
  type Subject,
  TENANT_LIFE,
} from '../support/subject-life.ts'

/** A life of a cell takes four minutes beside others on a busy machine; a wait that hangs ends sooner, by itself. */
vi.setConfig({ testTimeout: 900_000 })

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

async function askAgain(operationId: string, faults: readonly Fault[]): Promise<string> {
  const { status, body } = await its.plane.call('POST', `/v1/operations/${operationId}/retry`)
  if (status !== 202) throw new Error(`retry of ${operationId}: ${status} ${JSON.stringify(body)}`)
  return follow(String(body['operationId']), faults)
}

async function follow(operationId: string, faults: readonly Fault[]): Promise<string> {
  worker.arrange(operationId, faults)
  await its.plane.settle(operationId, faults.some(({ kind }) => kind === 'fatal') ? 'failed' : 'succeeded')
  expect({ faults, happened: worker.happened(operationId) }).toEqual({ faults, happened: faults.length })
  return operationId
}

type End = Pick<Dump, 'things' | 'answer'>
/** A repair that turns back leaves what was meddled with as it found it: the Service is gone. */
const asLeft = (kind: OperationKind, { things, answer }: End): End => ({
  things: kind === 'unit.reconcile' ? things.filter((thing) => !isMeddledAway(thing)) : things,
  answer,
})

/** The faults of each time that an operation is asked for: again and again, until nothing stops it. */
type Attempts = (kind: OperationKind) => readonly (readonly Fault[])[]

/**
 * Lives a subject's life with the faults of each operation; says what there was after each. Where a step failed for good before
 * the point of no return, everything is as it was before the operation until that is asked for again.
 */
async function live(subject: Subject, life: readonly OperationKind[], attempts: Attempts): Promise<Map<string, Dump>> {
  const after = new Map<string, Dump>()
  let before: End = { things: [], answer: undefined }
  for (const kind of life) {
    let operationId: string | undefined
    for (const faults of attempts(kind)) {
      operationId = await (operationId === undefined ? ask(kind, subject, faults) : askAgain(operationId, faults))
      const fault = faults.find((one) => one.kind === 'fatal')
      if (!fault || !canTurnBack(kind, fault.step, subject.unit)) continue
      const { things, answer } = await dump(its, hands, subject)
      const now = asLeft(kind, { things, answer: before.answer && answer })
      expect({ kind, fault, now }).toEqual({ kind, fault, now: asLeft(kind, before) })
    }
    const { things, answer, ...others } = await dump(its, hands, subject)
    before = { things, answer }
    after.set(kind, { ...before, ...others })
  }
  return after
}

/** With a check of the product contract, which takes too long for where workers are killed (test/chaos). */
const CHECKED_CELL_LIFE = [...CELL_LIFE.slice(0, -1), 'unit.check', 'cell.retire'] as const satisfies OperationKind[]

const UNDISTURBED: Attempts = () => [[]]
const passing =
  (when: Place['when'], unit: UnitKind): Attempts =>
  (of) => [
    placesOf(of, unit)
      .filter((place) => place.when === when)
      .map((place) => ({ ...place, kind: 'passing' })),
  ]
const fatal =
  (places: (of: OperationKind) => readonly Place[]): Attempts =>
  (of) => [...places(of).map((place): Fault[] => [{ ...place, kind: 'fatal' }]), []]

/** Places are shared out among lives beside each other: each fails at every sixth place of every operation, one at a time. */
const SHARES = [0, 1, 2, 3, 4, 5] as const
const shared = SHARES.map((share) => ({
  name: `fatal-${share}`,
  places: `place ${share + 1} and every ${SHARES.length}th after it`,
  of: (of: OperationKind) => placesOf(of).filter((_, index) => index % SHARES.length === share),
}))
/** Lives of private tenants take longer: they fail where least and where most is to be taken back. */
const outermost = [1, -1].map((at) => ({
  name: at < 0 ? 'fatal-last' : 'fatal-first',
  places: `the ${at < 0 ? 'last' : 'first'} place with something to take back`,
  of: (of: OperationKind) => {
    const place = placesOf(of, 'instance')
      .filter(({ step }) => canTurnBack(of, step, 'instance'))
      .at(at)
    return place ? [place] : []
  },
}))

describe.each([
  {
    what: 'cell',
    life: CHECKED_CELL_LIFE,
    subject: (name: string): Subject => ({ name, cell: name }),
    unit: 'cell' as const,
    sights: ['database <database> in product database cluster', 'Deployment ledger in namespace cell-<name>'],
    failing: shared,
  },
  {
    what: 'tenant',
    life: TENANT_LIFE,
    subject: (name: string): Subject => ({ name, cell: HOME.cell }),
    unit: 'cell' as const,
    sights: ['HTTPRoute tenant-<name> in namespace cell-home', 'EdgeRoute <host> in edge'],
    failing: shared,
  },
  {
    what: 'private tenant',
    life: TENANT_LIFE,
    subject: instance,
    unit: 'instance' as const,
    sights: [
      'Namespace tenant-<name> in cluster',
      'database <database> in product database cluster',
      'Deployment ledger in namespace tenant-<name>',
      'EdgeRoute <host> in edge',
    ],
    failing: outermost,
  },
])('a $what', ({ what, life, subject, unit, sights, failing }) => {
  const undisturbed = { after: new Map<string, Dump>() }
  const called = (name: string) => subject(`${what.split(' ')[0]}-${name}`)
  /** What was signed before an operation failed stays: asked again it is signed again. */
  const same = (after: Map<string, Dump>, { asked }: { asked: 'once' | 'again' }) => {
    const endOf = (dumps: Map<string, Dump>, of: OperationKind) => {
      const end = dumps.get(of)
      return asked === 'once' || !end ? end : { ...end, evidence: end.evidence > 0 }
    }
    for (const of of life) expect({ of, end: endOf(after, of) }).toEqual({ of, end: endOf(undisturbed.after, of) })
  }
  beforeAll(async () => {
    undisturbed.after = await live(called('plain'), life, UNDISTURBED)
  })

  test('what is compared sees what there is', () => {
    const [first, last] = [undisturbed.after.get(life[0]), undisturbed.after.get(life.at(-1) ?? life[0])]
    expect(first?.things).toEqual(expect.arrayContaining(sights))
    expect(last?.things).toEqual([])
  })

  test.concurrent.each(['before', 'after'] as const)(
    'comes to the same end when every step fails once, %s its effect',
    async (when) => same(await live(called(when), life, passing(when, unit)), { asked: 'once' }),
  )

  test.concurrent.each(failing)(
    'takes everything back when it fails for good at $places, and comes to the same end when asked again',
    async ({ name, of }) => same(await live(called(name), life, fatal(of)), { asked: 'again' }),
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
  await askAgain(failed, [])
  expect(await told()).toBe('false')
})
