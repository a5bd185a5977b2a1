import { type ChildProcess, fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Estate } from '../../../stacks/local/estate.ts'
import { toolBinary } from '../../support/kubernetes.ts'
import { until } from '../../support/postgres.ts'
import type { Place } from '../../support/subject-life.ts'
import { TEST_NAMESPACE } from '../../support/temporal.ts'

export type HeldInput = {
  databaseUrl: string
  sealingKeyFile: string
  temporal: string
  namespace: string
  helm: string
  charts: string[]
}
/** What the process says: that it works, or that it is at a place and waits to be told to go on. */
export type Told = { type: 'ready' } | At | Failed
type Failed = { type: 'failed'; operationId: string; step: string; code: string }
type At = { type: 'at'; number: number; when: Place['when']; operationId: string; step: string }

export type HeldWorker = {
  /** Says where an operation is held, once; null: nowhere. Until this is said it waits at its first place. */
  arrange: (operationId: string, place: Place | null) => void
  /** Resolves when so many operations are held. */
  held: (count: number) => Promise<void>
  /** Resolves with the code with which a step of an operation failed in this worker. */
  failed: (operationId: string) => Promise<string>
  /** Lets everything that is held go on. */
  go: () => void
  freeze: () => void
  thaw: () => void
  start: () => Promise<void>
  stop: () => Promise<void>
}

const PROCESS = path.join(import.meta.dirname, 'held-process.ts')
const CHARTS = path.join(import.meta.dirname, '..', '..', '..', 'charts')

/** The plane's worker on an estate that was started without one, in a process of its own that can be held, frozen and asked. */
export async function heldWorker(estate: Estate): Promise<HeldWorker> {
  const input: HeldInput = {
    databaseUrl: (await readFile(estate.credentials.url('plane-worker'), 'utf8')).trim(),
    sealingKeyFile: estate.credentials.sealingKey,
    temporal: estate.temporalAddress,
    namespace: TEST_NAMESPACE,
    helm: await toolBinary('helm'),
    charts: [CHARTS],
  }
  const planned = new Map<string, Place | null>()
  let holding: number[] = []
  let unplanned: At[] = []
  const failures = new Map<string, string>()
  let child: ChildProcess | undefined
  const decide = ({ number, operationId, step, when }: At) => {
    const place = planned.get(operationId)
    if (place?.step === step && place.when === when) {
      planned.set(operationId, null)
      holding.push(number)
    } else child?.send({ go: number })
  }
  const start = () =>
    new Promise<void>((resolve, reject) => {
      const born = fork(PROCESS, [JSON.stringify(input)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
      child = born
      born.once('exit', (code, signal) => reject(new Error(`the worker ended (${signal ?? code}) before it worked`)))
      born.on('message', (told: Told) => {
        if (told.type === 'ready') return resolve()
        if (told.type === 'failed') return void failures.set(told.operationId, told.code)
        if (planned.has(told.operationId)) decide(told)
        else unplanned.push(told)
      })
    })
  const stop = async () => {
    const dying = child
    child = undefined
    holding = []
    unplanned = []
    if (dying === undefined || dying.exitCode !== null) return
    const gone = new Promise((resolve) => dying.once('exit', resolve))
    dying.kill('SIGKILL')
    await gone
  }
  return {
    arrange: (operationId, place) => {
      planned.set(operationId, place)
      const mine = unplanned.filter((one) => one.operationId === operationId)
      unplanned = unplanned.filter((one) => one.operationId !== operationId)
      for (const one of mine) decide(one)
    },
    held: (count) =>
      until(async () => {
        if (holding.length < count) throw new Error(`${holding.length} of ${count} operations are held`)
      }, 120),
    failed: (operationId) =>
      until(async () => {
        const code = failures.get(operationId)
        if (code === undefined) throw new Error(`no step of ${operationId} has failed in this worker`)
        return code
      }, 60),
    go: () => {
      for (const number of holding.splice(0)) child?.send({ go: number })
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    start,
    stop,
  }
}
