import { readFile } from 'node:fs/promises'
import { startEstate } from '../../../stacks/local/estate.ts'
import { descendants } from '../../../stacks/process/proc.ts'
import type { TestEstate } from '../../support/estate.ts'
import { withOwnParts } from '../../support/own-parts.ts'
import type { OperationView } from '../../support/plane.ts'
import { until } from '../../support/postgres.ts'
import { kill } from './daemon.ts'

/** What dies: `origin` is the server of cells' databases, `pair` the primary of a stack's own. */
export type Victim = 'worker' | 'daemon' | 'runner' | 'origin' | 'pair'
/** Once the step has begun, the victim is killed. */
export type Strike = readonly [step: string, victim: Victim]

const BEGUN_WITHIN_S = 240
const ENDED = ['succeeded', 'failed', 'cancelled']

/** Follows an operation to its end, through what kills the plane, its databases and its engine by SIGKILL amid it. */
export async function followStruck(
  its: TestEstate,
  stack: string,
  operationId: string,
  strikes: readonly Strike[],
): Promise<OperationView> {
  const seen = async () => {
    const { status, body } = await its.plane.call<OperationView>('GET', `/v1/operations/${operationId}`)
    if (status !== 200) throw new Error(`${status}`)
    return body
  }
  for (const [step, victim] of strikes) {
    const begun = async () => {
      const found = (await seen()).steps.find((one) => one.step === step)
      if (found === undefined || found.state === 'pending') throw new Error(`${step} has not begun`)
    }
    await until(begun, BEGUN_WITHIN_S)
    await KILLS[victim](its, stack)
  }
  return until(async () => {
    const operation = await seen()
    if (!ENDED.includes(operation.state)) throw new Error(`it is ${JSON.stringify(operation)}`)
    return operation
  }, BEGUN_WITHIN_S)
}

const KILLS: Readonly<Record<Victim, (its: TestEstate, stack: string) => Promise<unknown>>> = {
  worker: ({ estate }) => kill(estate, 'worker'),
  origin: ({ estate }) => kill(estate, 'products-db'),
  pair: ({ estate }, stack) => kill(estate, `${stack}-db.postgres-1`), // nobody promotes the other one
  runner: ({ estate }) => until(() => killRunner(estate.pid), 60),
  async daemon(its) {
    process.kill(its.estate.pid, 'SIGKILL')
    await its.estate.exited
    Object.assign(its.estate, await startEstate({ home: its.estate.home, env: withOwnParts() }))
  },
}

/** The process that runs the engine, and not what it has started: that outlives it. */
async function killRunner(below: number): Promise<void> {
  for (const pid of await descendants(below)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (!command.includes('dedicated/runner/main.ts')) continue
    process.kill(pid, 'SIGKILL')
    return
  }
  throw new Error('no runner')
}
