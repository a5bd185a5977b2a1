import { Option, type Command } from 'commander'
import type { OperationDetail } from '../client/generated/types.gen.ts'
import { usageError } from './failure.ts'
import { show, type Session } from './session.ts'
import { waitFor } from './wait.ts'

/** What every command that starts long work offers. */
export const withWait = (command: Command): Command =>
  command.addOption(new Option('-w, --wait', 'follow the operation with live steps; exit 1 when it fails'))
/** What every command that destroys asks for. */
export const withYes = (command: Command): Command => command.option('-y, --yes', 'do it without asking')

type AcceptedBody = { operationId: string; state: string; merged: boolean }

/** Says what was started and, when asked to, follows it to its end. */
export async function accepted(session: Session, body: AcceptedBody, wait: boolean | undefined): Promise<OperationDetail | undefined> {
  if (wait !== true) {
    show(session, body, ({ operationId, state, merged }) =>
      merged ? `already on its way: operation ${operationId} (${state})` : `operation ${operationId} (${state}); follow it: steward operations watch ${operationId}`,
    )
    return undefined
  }
  const operation = await waitFor(session, body.operationId)
  if (session.output === 'json') session.print(JSON.stringify(operation, null, 2))
  return operation
}

/** Refuses to destroy without a clear yes: there is no prompt, so scripts and people see the same rule. */
export function assertYes(yes: boolean | undefined, what: string): void {
  if (yes !== true) throw usageError(`${what}: this cannot be taken back; add --yes to do it`)
}

/** A positive whole number from the command line. */
export function wholeNumber(text: string): number {
  if (!/^[1-9][0-9]*$/.test(text)) throw usageError(`"${text}" is not a positive whole number`)
  return Number(text)
}

/** Options as the API's body: what was not given is left out rather than sent as undefined. */
export const given = <T extends Record<string, unknown>>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never // entries lose their types
