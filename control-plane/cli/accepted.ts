import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { getChangePlan } from '../client/generated/sdk.gen.ts'
import { planText } from './plan-text.ts'
import { usageError } from './failure.ts'
import { show, type Session } from './session.ts'
import { assertSucceeded, waitFor } from './wait.ts'

export type Asking = { wait?: boolean; idempotencyKey?: string }
export type OnWish = { planned?: boolean }
export type Matching = { ifMatch?: number }
export type Changing = Asking & Matching & OnWish

/** What every command that creates or changes offers. */
export const withKey = (command: Command): Command =>
  command.option('--idempotency-key <key>', 'name of this request: repeated with the same name it is done once')
/** What every command that asks for long work offers. */
export const withAsking = (command: Command): Command =>
  withKey(command.option('-w, --wait', 'follow the operation with live steps; exit 1 unless it succeeds'))
/** What every command that changes a unit of a tenant's own offers. */
export const withPlanned = (command: Command): Command =>
  command.option('--planned', 'plan it first; it begins when another operator has approved the plan')
/** What every command that changes what somebody looked at before offers. */
export const withMatching = (command: Command): Command =>
  command.option('--if-match <generation>', 'refuse when it changed since; see "generation" in get', wholeNumber)
/** All of it, of what changes what somebody looked at in a unit of a tenant's own. */
export const withChanging = (command: Command): Command => withPlanned(withMatching(withAsking(command)))
/** What every command that destroys asks for. */
export const withYes = (command: Command): Command => command.option('-y, --yes', 'do it without asking')
/** How many of a list; without a usual number all of them. */
export const withLimit = (command: Command, usual?: number): Command => {
  const option = new Option('--limit <n>', 'how many at most').argParser(wholeNumber)
  return command.addOption(
    usual === undefined ? option.default(Number.POSITIVE_INFINITY, 'all') : option.default(usual),
  )
}

/** The headers of a request that asks for long work. */
export const askingHeaders = ({ idempotencyKey = randomUUID() }: Asking): { 'idempotency-key': string } => ({
  'idempotency-key': idempotencyKey,
})
/** The same with the generation that was decided on, when one was given. */
export const matchingHeaders = (options: Asking & Matching): { 'idempotency-key': string; 'if-match'?: string } => ({
  ...askingHeaders(options),
  ...(options.ifMatch === undefined ? {} : { 'if-match': `"${options.ifMatch}"` }),
})

/** What such a change is asked for with beside its subject. */
export const changeOf = ({ planned, ...options }: Changing) => ({
  query: given({ planned }),
  headers: matchingHeaders(options),
})

type AcceptedBody = { operationId: string; state: string; merged: boolean }

/**
 * Says what was started and, when asked to, follows it to its end and says what `done` makes of it. Throws the operation's error
 * when it did not succeed; its JSON is printed before.
 */
export async function accepted(session: Session, body: AcceptedBody, { wait }: Asking, done?: string): Promise<void> {
  if (wait !== true) {
    show(session, body, ({ operationId, state, merged }) =>
      state === 'waiting'
        ? `${merged ? 'already asked for: ' : ''}operation ${operationId} waits for its change plan or another operator: steward operations approve ${operationId}`
        : merged
          ? `already on its way: operation ${operationId} (${state})`
          : `operation ${operationId} (${state}); follow it: steward operations watch ${operationId}`,
    )
    return
  }
  if (body.state === 'waiting') await notePlan(session, body.operationId)
  await followed(session, body.operationId)
  if (done !== undefined && session.output === 'table') session.print(done)
}

const PLANNED_WITHIN_MS = 300_000
const LOOK_MS = 1000

/** Says what a waiting operation would do, once that is known; nothing for one that has no change plan. */
async function notePlan(session: Session, operationId: string): Promise<void> {
  const until = performance.now() + PLANNED_WITHIN_MS
  while (performance.now() < until) {
    const { data } = await getChangePlan({ client: session.client, path: { id: operationId } })
    if (data === undefined) return // it has none; that the plane is away is said by who follows
    if (data.state !== 'planning') return session.note(planText(data))
    await pause(LOOK_MS)
  }
}

/** Follows an operation to its end; prints it as JSON if that is wanted. Throws its error when it did not succeed. */
export async function followed(session: Session, operationId: string): Promise<void> {
  const operation = await waitFor(session, operationId)
  if (session.output === 'json') session.print(JSON.stringify(operation, null, 2))
  assertSucceeded(operation)
}

/** Refuses to destroy without a clear yes: there is no prompt, so scripts and people see the same rule. */
export function assertYes(yes: boolean | undefined, what: string): void {
  if (yes !== true) throw usageError(`${what}: this cannot be taken back; add --yes to do it`)
}

/** A positive whole number from the command line; commander names the option when it is none. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  if (/^[1-9][0-9]*$/.test(text) && Number.isSafeInteger(number)) return number
  throw new InvalidArgumentError('It is not a positive whole number.')
}

/** Options as the API's body: what was not given is left out rather than sent as undefined. */
export const given = <T extends Record<string, unknown>>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never // entries lose their types
