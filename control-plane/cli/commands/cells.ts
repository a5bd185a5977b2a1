import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { createCell, getCell, listCells, retireCell } from '../../client/generated/sdk.gen.ts'
import type { Cell, ListCellsData } from '../../client/generated/types.gen.ts'
import { accepted, assertYes, given, wholeNumber, withWait, withYes } from '../accepted.ts'
import { renderFields, renderTable, type Column } from '../output.ts'
import { answer, openSession, show, type Surroundings } from '../session.ts'

type Create = { region?: string; product?: 'ledger'; version?: string; tenants?: number; requestsPerSecond?: number; wait?: boolean }

const COLUMNS: readonly Column<Cell>[] = [
  ['NAME', (cell) => cell.name],
  ['REGION', (cell) => cell.region],
  ['STATE', (cell) => cell.state],
  ['VERSION', (cell) => `${cell.product}:${cell.version}`],
  ['TENANTS', (cell) => `${cell.used.tenants}/${cell.capacity.tenants}`],
  ['REQUESTS/S', (cell) => `${cell.used.requestsPerSecond}/${cell.capacity.requestsPerSecond}`],
]

/** Cells: the units that many shared tenants live in. */
export const cellCommands = (around: Surroundings): Command[] => {
  const group = new Command('cells').description('Units that shared tenants are placed in')
  group.addCommand(create(around)).addCommand(list(around)).addCommand(get(around)).addCommand(retire(around))
  return [group]
}

const create = (around: Surroundings) =>
  withWait(new Command('create').description('Create a cell').argument('<name>'))
    .option('--region <name>', 'needed only when there are several')
    .option('--product <name>')
    .option('--version <tag>', 'version of the product')
    .option('--tenants <n>', 'how many tenants fit', wholeNumber)
    .option('--requests-per-second <n>', 'sum of the plan limits that fit', wholeNumber)
    .action(async (name: string, options: Create, command: Command) => {
      const session = await openSession(command, around)
      const { region, product, version, tenants, requestsPerSecond } = options
      const capacity = given({ tenants, requestsPerSecond })
      const body = { name, ...given({ region, product, version }), ...(Object.keys(capacity).length > 0 ? { capacity } : {}) }
      const reply = createCell({ client: session.client, body, headers: { 'idempotency-key': randomUUID() } })
      await accepted(session, await answer(session, reply), options.wait)
    })

const list = (around: Surroundings) =>
  new Command('list')
    .description('Cells by name, without retired ones unless asked for by state')
    .option('--region <name>')
    .option('--state <state>')
    .action(async ({ region, state }: { region?: string; state?: NonNullable<ListCellsData['query']>['state'] }, command: Command) => {
      const session = await openSession(command, around)
      const query = { limit: 200, ...given({ region, state }) }
      const page = await answer(session, listCells({ client: session.client, query }))
      show(session, page.items, (items) => renderTable(COLUMNS, items))
    })

const get = (around: Surroundings) =>
  new Command('get')
    .description('One cell by name or id')
    .argument('<cell>')
    .action(async (cell: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const found = await answer(session, getCell({ client: session.client, path: { cell } }))
      show(session, found, (one) =>
        renderFields([
          ['id', one.id],
          ...COLUMNS.map(([heading, value]) => [heading.toLowerCase(), value(one)] as const),
          ...one.conditions.map(({ type, status, reason, message }) => [type, `${status} (${reason}) ${message}`] as const),
          ...one.operations.map(({ kind, id, state }) => ['operation', `${kind} ${state} ${id}`] as const),
        ]),
      )
    })

const retire = (around: Surroundings) =>
  withYes(withWait(new Command('retire').description('Retire an empty cell').argument('<cell>'))).action(
    async (cell: string, { yes, wait }: { yes?: boolean; wait?: boolean }, command: Command) => {
      assertYes(yes, `retire cell ${cell}`)
      const session = await openSession(command, around)
      const reply = retireCell({ client: session.client, path: { cell }, headers: { 'idempotency-key': randomUUID() } })
      await accepted(session, await answer(session, reply), wait)
    },
  )
