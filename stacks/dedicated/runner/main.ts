import { createInterface } from 'node:readline'
import { Problem } from '../../../control-plane/domain/problem.ts'
import { descendants, identify, signal as send, waitUntilGone } from '../../process/proc.ts'
import { keepGoodCopy, readState } from './deployment.ts'
import { openEngine } from './engine.ts'
import { operate } from './operations.ts'
import { checkProgram } from './programs.ts'
import { runnerProblems, toPlain } from './runner.errors.ts'
import { endMarked } from './end-marked.ts'
import { takeStack } from './stack-lock.ts'
import { RUN_MARK, type RunnerMessage, type StackEvent, type StackRequest } from './stack-run.ts'
import { engineFault } from './state/engine-fault.ts'
import { LEASE_MS } from './state/lease.ts'
import { openStore } from './state/open-store.ts'
import type { StateStore } from './state/state-store.ts'

/** The engine is told to stop, and gets this long to finish what it is at. */
const ENDS_WITHIN_MS = 15_000
const KILLED_WITHIN_MS = 3000
const WAIT_MS = 30_000

/** Of the credential that the engine has in its environment, too. What is shorter would be found in words that mean nothing. */
const SECRETS = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_ACCESS_KEY_ID']
  .map((name) => process.env[name] ?? '')
  .filter((value) => value.length >= 16)

/** Whatever the engine has said: no message holds a secret. */
const say = (message: RunnerMessage): void => {
  const text = SECRETS.reduce((line, secret) => line.replaceAll(secret, '[redacted]'), JSON.stringify(message))
  process.stdout.write(`${text}\n`)
}
const tell = (event: StackEvent): void => say(event)

/** Makes sure that the run may begin: state readable, nothing half done, no lock of a dead engine. */
async function prepare(request: StackRequest, store: StateStore): Promise<void> {
  await endMarked(RUN_MARK, store.name)
  const state = await readState(store)
  const { operation, stack, program } = request
  const makes = operation === 'preview' || operation === 'up' // the others need something that was made
  if (makes || operation === 'reconcile') checkProgram(program)
  if (!state && !makes) {
    throw runnerProblems['state.unknown']({ detail: `${store.address('state')}: no state of ${stack}` })
  }
  const pending = (state?.pending_operations ?? []).map(
    ({ type, resource }) => `${resource.urn.split('::').at(-1)} (${type})`,
  )
  if (pending.length > 0 && operation !== 'repair') {
    throw runnerProblems['stack.interrupted']({ detail: pending.join(', '), extra: { pending } })
  }
}

async function work(request: StackRequest, asked: AbortSignal): Promise<void> {
  const { epoch, waitMs, leaseMs = LEASE_MS } = request
  const opened = await openStore(request)
  const patience = waitMs ?? WAIT_MS + (opened.shared ? leaseMs : 0) // who is gone is known to be so only then
  const taken = await takeStack(opened, { epoch, waitMs: patience, leaseMs }, asked)
  const { store, lost } = taken
  const signal = AbortSignal.any([asked, lost])
  try {
    await prepare(request, store)
    await keepGoodCopy(store)
    const engine = await openEngine(request, taken)
    try {
      // Ours is held, and whoever held the engine's is dead.
      if (await store.hasEngineLocks()) await engine.command(['cancel', '--yes'], signal)
      say({ type: 'done', result: await operate({ request, store, engine, tell, signal }) })
    } finally {
      await engine.close()
      await keepGoodCopy(store).catch((error: unknown) => console.error(String(error))) // the next run begins with it
    }
  } catch (error) {
    lost.throwIfAborted() // why it failed
    throw error
  } finally {
    await endMarked(RUN_MARK, store.name) // an engine that was cut off may be a moment behind
    await taken.release()
    opened.close()
  }
}

/** What this process started first: once it is gone itself, nobody is left to end the others. */
async function endByForce(): Promise<void> {
  const below = (await descendants(process.pid)).map(identify).filter((id) => id !== undefined)
  for (const { pid } of below) send(pid, 'SIGKILL')
  await waitUntilGone(below, KILLED_WITHIN_MS)
  send(process.pid, 'SIGKILL')
}

/** Told to stop, by a signal or because whoever started it is gone: orderly first, then by force. */
function stopper(): AbortController {
  const ending = new AbortController()
  const end = () => {
    if (ending.signal.aborted) return
    ending.abort()
    setTimeout(() => void endByForce(), ENDS_WITHIN_MS).unref()
  }
  // `on`, not `once`: what the engine's library brings to tidy up (signal-exit) ends the process at once when nobody else listens
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  process.stdin.once('end', end)
  process.stdout.once('error', end)
  return ending
}

/** Says how the request ended. */
const serve = (request: StackRequest, signal: AbortSignal): Promise<void> =>
  work(request, signal).catch((error: unknown) => {
    const said = error instanceof Error ? error.message : String(error)
    const problem =
      error instanceof Problem ? error : (engineFault(said) ?? runnerProblems['stack.failed']({ detail: said }))
    say({ type: 'failed', problem: toPlain(problem) })
  })

console.log = console.error // standard output is for messages alone
const ending = stopper()
let last: Promise<void> = Promise.resolve()
ending.signal.addEventListener('abort', () => void last.finally(() => process.exit(0)))
createInterface({ input: process.stdin }).on('line', (line) => {
  last = last.then(() => serve(JSON.parse(line) as StackRequest, ending.signal)) // written by runStack
})
