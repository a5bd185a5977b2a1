import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { cancelOperation, getOperation, getTenant, listOperations, retryOperation } from '../../client/generated/sdk.gen.ts'
import type { ListOperationsData, Operation } from '../../client/generated/types.gen.ts'
import { accepted, given, wholeNumber, withWait } from '../accepted.ts'
import { duration, renderTable, type Column } from '../output.ts'
import { answer, openSession, show, type Surroundings } from '../session.ts'
import { renderOperation, waitFor } from '../wait.ts'

type Query = NonNullable<ListOperationsData['query']>
type Filters = { state?: string; kind?: string; tenant?: string; unit?: string; since?: string; limit: number }

const took = ({ admittedAt, finishedAt }: Operation) =>
  admittedAt === null || finishedAt === null ? null : duration(Date.parse(finishedAt) - Date.parse(admittedAt))
const COLUMNS: readonly Column<Operation>[] = [
  ['ID', (operation) => operation.id],
  ['KIND', (operation) => operation.kind],
  ['STATE', (operation) => operation.state],
  ['STEPS', (operation) => `${operation.progress.done}/${operation.progress.total}`],
  ['ASKED', (operation) => operation.createdAt],
  ['TOOK', took],
  ['ERROR', (operation) => operation.error?.code],
]

/** Operations: what the plane is doing and did. */
export const operationCommands = (around: Surroundings): Command[] => {
  const group = new Command('operations').description('What the plane is doing and did')
  ;[list, get, watch, cancel, retry].forEach((make) => group.addCommand(make(around)))
  return [group]
}

const list = (around: Surroundings) =>
  new Command('list')
    .description('Newest first')
    .option('--state <state>')
    .option('--kind <kind>', 'for example tenant.provision')
    .option('--tenant <tenant>', 'slug or id')
    .option('--unit <id>')
    .option('--since <time>', 'RFC 3339, for example 2026-11-22T09:00:00Z')
    .option('--limit <n>', 'at most 200', wholeNumber, 50)
    .action(async ({ tenant, ...filters }: Filters, command: Command) => {
      const session = await openSession(command, around)
      const who = tenant === undefined ? undefined : (await answer(session, getTenant({ client: session.client, path: { tenant } }))).id
      const query = { ...given({ ...filters, tenant: who }) } as Query // the plane checks states and kinds
      const page = await answer(session, listOperations({ client: session.client, query }))
      show(session, page.items, (items) => renderTable(COLUMNS, items))
    })

const get = (around: Surroundings) =>
  new Command('get')
    .description('One operation with its steps')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const operation = await answer(session, getOperation({ client: session.client, path: { id } }))
      show(session, operation, (one) => [...renderOperation(one), ...(one.error ? [`error: ${one.error.message} (${one.error.code})`] : [])].join('\n'))
    })

const watch = (around: Surroundings) =>
  new Command('watch')
    .description('Follow an operation to its end; exit 1 when it fails')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const operation = await waitFor(session, id)
      if (session.output === 'json') session.print(JSON.stringify(operation, null, 2))
    })

const cancel = (around: Surroundings) =>
  new Command('cancel')
    .description('Ask it to stop and take back what it did')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const reply = cancelOperation({ client: session.client, path: { id }, headers: { 'idempotency-key': randomUUID() } })
      await answer(session, reply)
      if (session.output === 'table') session.print(`asked to stop; follow it: steward operations watch ${id}`)
    })

const retry = (around: Surroundings) =>
  withWait(new Command('retry').description('Ask again for what failed or was cancelled').argument('<id>')).action(
    async (id: string, { wait }: { wait?: boolean }, command: Command) => {
      const session = await openSession(command, around)
      const reply = retryOperation({ client: session.client, path: { id }, headers: { 'idempotency-key': randomUUID() } })
      await accepted(session, await answer(session, reply), wait)
    },
  )
