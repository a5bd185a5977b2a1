import { Command } from 'commander'
import { getOrphan, keepOrphan, listOrphans } from '../../client/generated/sdk.gen.ts'
import type { ListOrphansData, Orphan } from '../../client/generated/types.gen.ts'
import { askingHeaders, given, withKey, withLimit, type Asking } from '../accepted.ts'
import { renderFields, renderTable, type Column } from '../output.ts'
import { answer, everyPage, openSession, show, type Surroundings } from '../session.ts'

const COLUMNS: readonly Column<Orphan>[] = [
  ['ID', (one) => one.id],
  ['STATE', (one) => one.state],
  ['KIND', (one) => one.kind],
  ['NAME', (one) => one.name],
  ['WHERE', (one) => `${one.where} (${one.region})`],
  ['OF', (one) => one.owner],
  ['SINCE', (one) => one.firstSeenAt],
]

/** What carries the plane's names and belongs to nothing that it knows. */
export const orphanCommands = (around: Surroundings): Command[] => {
  const group = new Command('orphans').description(
    'What carries the plane’s names and belongs to nothing that it knows',
  )
  for (const make of [list, get, keep]) group.addCommand(make(around))
  return [group]
}

type Query = NonNullable<ListOrphansData['query']>
type Filters = { state?: string; region?: string; limit: number }

const list = (around: Surroundings) =>
  withLimit(new Command('list').description('Those that a person has to decide about, newest first'), 50)
    .option('--state <state>', 'suspected, reported, kept or gone; reported when left out')
    .option('--region <name>')
    .action(async ({ limit, ...filters }: Filters, command: Command) => {
      const session = await openSession(command, around)
      const query = given(filters) as Query // the plane checks words
      const { client } = session
      const found = await everyPage(session, limit, (page) => listOrphans({ client, query: { ...query, ...page } }))
      show(session, found, (items) => renderTable(COLUMNS, items))
    })

const get = (around: Surroundings) =>
  new Command('get')
    .alias('show')
    .description('One of them')
    .argument('<orphan>', 'its id')
    .action(async (orphan: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      show(session, await answer(session, getOrphan({ client: session.client, path: { orphan } })), render)
    })

const render = (one: Orphan): string =>
  renderFields([
    ...COLUMNS.map(([heading, value]) => [heading.toLowerCase(), value(one)] as const),
    ['last seen', one.lastSeenAt],
    ['reported', one.reportedAt],
    ...(one.keptAt === null ? [] : [['kept', `${one.keptAt} by ${one.keptBy}: ${one.keptReason}`] as const]),
    ['gone', one.goneAt],
  ])

const keep = (around: Surroundings) =>
  withKey(
    new Command('keep')
      .description('Say that it is known and stays; it is reported no more')
      .argument('<orphan>', 'its id'),
  )
    .requiredOption('--reason <text>', 'kept in the record for ever')
    .action(async (orphan: string, options: Asking & { reason: string }, command: Command) => {
      const session = await openSession(command, around)
      const [path, body, headers] = [{ orphan }, { reason: options.reason }, askingHeaders(options)]
      const kept = await answer(session, keepOrphan({ client: session.client, path, body, headers }))
      show(session, kept, ({ kind, name, where }) => `${kind} ${name} in ${where} is kept`)
    })
