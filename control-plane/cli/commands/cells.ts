import { Command } from 'commander'
import { createCell, getCell, listCells, retireCell } from '../../client/generated/sdk.gen.ts'
import type { Cell, CreateCell, ListCellsData } from '../../client/generated/types.gen.ts'
import {
  accepted,
  askingHeaders,
  assertYes,
  given,
  matchingHeaders,
  wholeNumber,
  withAsking,
  withLimit,
  withMatching,
  withYes,
  type Asking,
  type Matching,
} from '../accepted.ts'
import { renderFields, renderTable, type Column } from '../output.ts'
import { answer, everyPage, openSession, show, type Surroundings } from '../session.ts'

type Create = Asking & {
  region?: string
  product?: string
  version?: string
  tenants?: number
  requestsPerSecond?: number
  retireApproval?: string
}

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
  for (const make of [create, list, get, retire]) group.addCommand(make(around))
  return [group]
}

const create = (around: Surroundings) =>
  withAsking(new Command('create').description('Create a cell').argument('<name>'))
    .option('--region <name>', 'needed only when there are several')
    .option('--product <name>', 'a registered product: see "steward products list"; ledger when left out')
    .option('--version <tag>', 'registered version of the product; its default one when left out')
    .option('--tenants <n>', 'how many tenants fit', wholeNumber)
    .option('--requests-per-second <n>', 'sum of the plan limits that fit', wholeNumber)
    .option('--retire-approval <rule>', 'who must agree before it is retired: second-operator (usual) or none')
    .action(async (name: string, options: Create, command: Command) => {
      const session = await openSession(command, around)
      const { region, product, version, tenants, requestsPerSecond, retireApproval } = options
      const capacity = given({ tenants, requestsPerSecond })
      const room = Object.keys(capacity).length > 0 ? { capacity } : {}
      const body = { name, ...given({ region, product, version, retireApproval }), ...room } as CreateCell // the plane checks words
      const reply = createCell({ client: session.client, body, headers: askingHeaders(options) })
      await accepted(session, await answer(session, reply), options, `${name} takes tenants`)
    })

type ListQuery = NonNullable<ListCellsData['query']>
type Filters = { region?: string; state?: string; limit: number }

const list = (around: Surroundings) =>
  withLimit(new Command('list').description('Cells by name, without retired ones unless asked for by state'))
    .option('--region <name>')
    .option('--state <state>')
    .action(async ({ limit, ...filters }: Filters, command: Command) => {
      const session = await openSession(command, around)
      const { client } = session
      const query = given(filters) as ListQuery // the plane checks words
      const cells = await everyPage(session, limit, (page) => listCells({ client, query: { ...query, ...page } }))
      show(session, cells, (items) => renderTable(COLUMNS, items))
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
          ['retiring asks', one.retireApproval],
          ['generation', one.generation],
          ...one.conditions.map((seen) => [seen.type, `${seen.status} (${seen.reason}) ${seen.message}`] as const),
          ...one.operations.map(({ kind, id, state }) => ['operation', `${kind} ${state} ${id}`] as const),
        ]),
      )
    })

const retire = (around: Surroundings) =>
  withYes(
    withMatching(withAsking(new Command('retire').description('Retire an empty cell').argument('<cell>'))),
  ).action(async (cell: string, options: Asking & Matching & { yes?: boolean }, command: Command) => {
    assertYes(options.yes, `retire cell ${cell}`)
    const session = await openSession(command, around)
    const reply = retireCell({ client: session.client, path: { cell }, headers: matchingHeaders(options) })
    await accepted(session, await answer(session, reply), options, `${cell} is retired`)
  })
