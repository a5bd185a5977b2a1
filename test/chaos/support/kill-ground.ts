import { expect } from 'vitest'
import type { OperationKind } from '../../../control-plane/domain/operation-kinds.ts'
import type { Hands } from '../../../workflows/regions/hands.ts'
import { testEstate, type TestEstate } from '../../support/estate.ts'
import { until } from '../../support/postgres.ts'
import { dump, type Dump, HOME, request, type Subject } from '../../support/subject-life.ts'
import { startCrew } from './crew.ts'
import { handsOfEstate } from './estate-hands.ts'
import type { Plan } from './orders.ts'

/** What is done at the places where it is struck. */
type Deed = { deed?: () => Promise<unknown> }

/** An estate whose workers die where a test says; the cell `home` is there. */
export type KillGround = {
  its: TestEstate
  hands: Hands
  /** Asks for an operation, follows it to its end and checks that every planned kill has happened. Returns its id. */
  perform: (kind: OperationKind, subject: Subject, plan: Plan & Deed) => Promise<string>
  /** Asks again for one that failed, undisturbed. */
  retry: (operationId: string) => Promise<void>
  /** Everything there is of a subject. */
  dumpOf: (subject: Subject) => Promise<Dump>
  /** Workers that ended in another way than by their orders. */
  surprises: () => readonly string[]
  stop: () => Promise<void>
}

/** Each kill costs a heartbeat's time-out and the start of another worker; a dozen of them in one operation are not a stall. */
const PATIENCE_S = 900

/** A look may time out while a crew of workers starts anew: it changes nothing and is repeated. */
const LOOK_FOR_S = 120

/** Starts one with a crew of so many workers. Where only workers die, the estate may be a careless one (`throwAway`). */
export async function killGround(size: number, { throwAway = true } = {}): Promise<KillGround> {
  const its = await testEstate({ without: ['worker'], throwAway })
  const crew = await startCrew(its.estate, size)
  const hands = await handsOfEstate(its.estate)
  const follow = async (operationId: string, { deed, ...plan }: Plan & Deed) => {
    crew.arrange(operationId, plan)
    await Promise.all([
      its.plane.settle(operationId, plan.breaks ? 'failed' : 'succeeded', PATIENCE_S),
      deed && crew.strike(operationId, plan.strikes ?? [], deed),
    ])
    expect({ plan, killed: crew.killed(operationId, plan.kills) }).toEqual({ plan, killed: plan.kills.length })
    return operationId
  }
  const ground: KillGround = {
    its,
    hands,
    async perform(kind, subject, plan) {
      const { status, body } = await request(its, kind, subject)
      if (status !== 202) throw new Error(`${kind} of ${subject.name}: ${status} ${JSON.stringify(body)}`)
      return follow(String(body['operationId']), plan)
    },
    async retry(operationId) {
      const { status, body } = await its.plane.call('POST', `/v1/operations/${operationId}/retry`)
      if (status !== 202) throw new Error(`retry of ${operationId}: ${status} ${JSON.stringify(body)}`)
      await follow(String(body['operationId']), { kills: [] })
    },
    dumpOf: (subject) => until(() => dump(its, hands, subject), LOOK_FOR_S),
    surprises: crew.surprises,
    async stop() {
      await crew.stop()
      await hands.close()
      await its.remove()
    },
  }
  await ground.perform('cell.create', HOME, { kills: [] })
  return ground
}
