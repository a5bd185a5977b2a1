import { Command } from 'commander'
import {
  approveOperation,
  cancelOperation,
  getOperation,
  listOperations,
  rejectOperation,
  retryOperation,
} from '../../client/generated/sdk.gen.ts'
import type { ListOperationsData, Operation, OperationDetail } from '../../client/generated/types.gen.ts'
import { accepted, askingHeaders, followed, given, withAsking, withLimit, type Asking } from '../accepted.ts'
import { EXIT, Failure } from '../failure.ts'
import { headline, stepLine } from '../operation-text.ts'
import { duration, renderFields, renderTable, type Column } from '../output.ts'
import { tenantId, unitId } from '../references.ts'
import { answer, everyPage, openSession, show, type Surroundings } from '../session.ts'
import { waitFor } from '../wait.ts'
import { plan } from './operation-plans.ts'
import { share, shares, unshare } from './operation-shares.ts'

type Query = NonNullable<ListOperationsData['query']>
type Filters = { state?: string; kind?: string; tenant?: string; unit?: string; since?: string; limit: number }

const took = ({ admittedAt, finishedAt }: Operation) =>
  admittedAt === null || finishedAt === null ? null : duration(Date.parse(finishedAt) - Date.parse(admittedAt))
const COLUMNS: readonly Column<Operation>[] = [
  ['ID', (operation) => operation.id],
  ['KIND', (operation) => operation.kind],
  ['SUBJECT', (operation) => operation.subject],
  ['STATE', (operation) => operation.state],
  ['STEPS', (operation) => `${operation.progress.done}/${operation.progress.total}`],
  ['ASKED', (operation) => operation.createdAt],
  ['TOOK', took],
  ['ERROR', (operation) => operation.error?.code],
]

/** Operations: what the plane is doing and did. */
export const operationCommands = (around: Surroundings): Command[] => {
  const group = new Command('operations').description('What the plane is doing and did')
  for (const make of [list, get, watch, cancel, retry, plan, approve, reject, share, shares, unshare])
    group.addCommand(make(around))
  return [group]
}

const list = (around: Surroundings) =>
  withLimit(new Command('list').description('Newest first'), 50)
    .option('--state <state>')
    .option('--kind <kind>', 'for example tenant.provision')
    .option('--tenant <tenant>', 'slug or id')
    .option('--unit <unit>', 'name of a cell, or id: what ran on it, its tenants’ operations included')
    .option('--since <time>', 'RFC 3339, for example 2026-11-22T09:00:00Z')
    .action(async ({ limit, tenant, unit, ...filters }: Filters, command: Command) => {
      const session = await openSession(command, around)
      const { client } = session
      const whose = tenant === undefined ? {} : { tenant: await tenantId(session, tenant) }
      const where = unit === undefined ? {} : { unit: await unitId(session, unit) }
      const query = { ...given(filters), ...whose, ...where } as Query // the plane checks words
      const all = await everyPage(session, limit, (page) => listOperations({ client, query: { ...query, ...page } }))
      show(session, all, (items) => renderTable(COLUMNS, items))
    })

const get = (around: Surroundings) =>
  new Command('get')
    .description('One operation with its steps')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const operation = await answer(session, getOperation({ client: session.client, path: { id } }))
      show(session, operation, renderOperation)
    })

const renderOperation = (one: OperationDetail): string =>
  [
    headline(one),
    ...one.steps.map((step) => `  ${stepLine(step)}`),
    renderFields([
      ['id', one.id],
      ['subject', one.subject],
      ['tenant', one.tenantId],
      ['unit', one.unitId],
      ['region', one.region],
      ['asked for', `${one.createdAt} by ${one.requestedBy ?? 'the plane'}`],
      ...approvalFields(one),
      ['began', one.admittedAt],
      ['ended', one.finishedAt],
      ...(one.error === null ? [] : [['error', `${one.error.message} (${one.error.code})`] as const]),
      ...(one.retryOf === null ? [] : [['repeats', one.retryOf] as const]),
      ['trace', one.traceId],
      ['cancel', one.cancellable ? 'possible' : 'not possible any more'],
    ]),
  ].join('\n')

/** Who has to act and until when, or who did. */
function approvalFields({ id, state, requestedBy, approval }: OperationDetail): (readonly [string, string])[] {
  if (approval === null) return []
  const { decision, expiresAt, decidedBy, decidedAt, reason } = approval
  if (decision === null && state === 'waiting') {
    const who = `an operator other than ${requestedBy ?? 'the plane'} with operations:approve, until ${expiresAt}`
    return [
      ['waits for', who],
      ['decide', `steward operations approve ${id}, or reject ${id} --reason <text>`],
    ]
  }
  const why = reason === null ? '' : `: ${reason}`
  return decision === null ? [] : [[decision, `${decidedAt} by ${decidedBy ?? 'the clock'}${why}`]]
}

const watch = (around: Surroundings) =>
  new Command('watch')
    .description('Follow an operation to its end; exit 1 unless it succeeds')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      await answer(session, getOperation({ client: session.client, path: { id } })) // a plane that is away now is not waited for
      await followed(session, id)
    })

const cancel = (around: Surroundings) =>
  withAsking(new Command('cancel').description('Ask it to stop and take back what it did').argument('<id>')).action(
    async (id: string, options: Asking, command: Command) => {
      const session = await openSession(command, around)
      const reply = cancelOperation({ client: session.client, path: { id }, headers: askingHeaders(options) })
      const asked = await answer(session, reply)
      if (options.wait !== true) {
        return show(session, asked, () => `asked to stop; follow it: steward operations watch ${id}`)
      }
      const operation = await waitFor(session, id)
      show(session, operation, ({ kind, state }) => `${kind} ${state}`)
      if (operation.state === 'cancelled') return
      const message = `it ${operation.state} before it could be cancelled`
      throw new Failure(EXIT.other, 'operation.not-cancelled', message, [`operation ${id}`])
    },
  )

const retry = (around: Surroundings) =>
  withAsking(new Command('retry').description('Ask again for what failed or was cancelled').argument('<id>')).action(
    async (id: string, options: Asking, command: Command) => {
      const session = await openSession(command, around)
      const reply = retryOperation({ client: session.client, path: { id }, headers: askingHeaders(options) })
      await accepted(session, await answer(session, reply), options)
    },
  )

const approve = (around: Surroundings) =>
  withAsking(
    new Command('approve')
      .description('Agree to what another operator asked for')
      .argument('<id>')
      .option('--plan <hash>', 'of the change plan that you looked at: steward operations plan <id>')
      .option('--release <resource>', 'a protected resource that may go; once for each', collect, []),
  ).action(
    async (id: string, { plan: hash, release, ...options }: Asking & { plan?: string; release: string[] }, command) => {
      const session = await openSession(command, around)
      const body = given({ plan: hash, release: release.length > 0 ? release : undefined })
      const headers = askingHeaders(options)
      const reply = approveOperation({ client: session.client, path: { id }, body, headers })
      const asked = await answer(session, reply)
      if (options.wait === true) return followed(session, id)
      show(session, asked, () => `approved; follow it: steward operations watch ${id}`)
    },
  )

const collect = (value: string, before: string[]): string[] => [...before, value]

const reject = (around: Surroundings) =>
  new Command('reject')
    .description('Refuse what another operator asked for')
    .argument('<id>')
    .requiredOption('--reason <text>', 'what the one who asked has to know')
    .option('--idempotency-key <key>', 'name of this request: repeated with the same name it is done once')
    .action(async (id: string, { reason, ...options }: Asking & { reason: string }, command: Command) => {
      const session = await openSession(command, around)
      const path = { id }
      const reply = rejectOperation({ client: session.client, path, body: { reason }, headers: askingHeaders(options) })
      show(session, await answer(session, reply), () => `rejected; ${id} is closed as cancelled`)
    })
