import { Command } from 'commander'
import { abortMove, getMove, listMoves, retireMove } from '../../client/generated/sdk.gen.ts'
import type { ListMovesData, Move } from '../../client/generated/types.gen.ts'
import { accepted, askingHeaders, assertYes, given, withAsking, withLimit, withYes, type Asking } from '../accepted.ts'
import { EXIT, Failure } from '../failure.ts'
import { duration, renderFields, renderTable, type Column } from '../output.ts'
import { answer, everyPage, openSession, show, type Session, type Surroundings } from '../session.ts'

const freeze = ({ report }: Move) => (report.freezeMs === null ? null : `${report.freezeMs} ms`)
const COLUMNS: readonly Column<Move>[] = [
  ['ID', (move) => move.id],
  ['TENANT', (move) => move.tenant],
  ['FROM', (move) => move.source.plan],
  ['TO', (move) => move.target.plan],
  ['STATE', (move) => move.state],
  ['SERVED BY', (move) => move.servedBy],
  ['FREEZE', freeze],
  ['SOAKS UNTIL', (move) => (move.state === 'soaking' ? move.soaksUntil : null)],
]

/** Moves: tenants on their way from one isolation to another. */
export const moveCommands = (around: Surroundings): Command[] => {
  const group = new Command('moves').description('Customers on their way from one isolation to another')
  for (const make of [list, get, retire, abort]) group.addCommand(make(around))
  return [group]
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** The id of a move, or of the newest one of the tenant that is named instead. */
async function moveId(session: Session, reference: string): Promise<string> {
  if (UUID.test(reference)) return reference
  const { items } = await answer(session, listMoves({ client: session.client, query: { tenant: reference, limit: 1 } }))
  const [newest] = items
  if (newest !== undefined) return newest.id
  throw new Failure(EXIT.notFound, 'move.not-found', `${reference} has no move`)
}

type Query = NonNullable<ListMovesData['query']>
const list = (around: Surroundings) =>
  withLimit(new Command('list').description('Newest first'))
    .option('--tenant <slug>', 'slug or id')
    .option('--state <state>')
    .action(async ({ limit, ...filters }: { tenant?: string; state?: string; limit: number }, command: Command) => {
      const session = await openSession(command, around)
      const query = given(filters) as Query // the plane checks words
      const moves = await everyPage(session, limit, (page) =>
        listMoves({ client: session.client, query: { ...query, ...page } }),
      )
      show(session, moves, (items) => renderTable(COLUMNS, items))
    })

const get = (around: Surroundings) =>
  new Command('get')
    .description('Where a move is, and what was measured')
    .argument('<move>', 'its id, or a tenant: its newest move')
    .action(async (reference: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const id = await moveId(session, reference)
      const found = await answer(session, getMove({ client: session.client, path: { id } }))
      show(session, found, renderMove)
    })

const renderMove = (move: Move): string =>
  renderFields([
    ...COLUMNS.map(([heading, value]) => [heading.toLowerCase(), value(move)] as const),
    ['old place', `${move.source.unit.kind} ${move.source.unit.name}`],
    ['new place', `${move.target.unit.kind} ${move.target.unit.name}`],
    ['not kept', move.notKept.length === 0 ? null : move.notKept.join(', ')],
    ['begun at', move.begunAt],
    ['switched at', move.switchedAt],
    ['ended at', move.endedAt],
    ['tables', move.report.tables],
    ['rows compared', move.report.rowsCompared],
    ['rows verified', move.report.rowsVerified],
    ['rows erased', move.report.rowsErased],
    ['lag', move.report.lagBytes === null ? null : `${move.report.lagBytes} bytes`],
    ...move.steps.map(({ kind, step, durationMs }) => [step, `${duration(durationMs)} (${kind})`] as const),
  ])

const ending = (name: 'retire' | 'abort', description: string) =>
  withAsking(new Command(name).description(description).argument('<move>', 'its id, or a tenant: its newest move'))

const retire = (around: Surroundings) =>
  withYes(ending('retire', 'End the soak now: the old place is removed, and nothing leads back')).action(
    async (reference: string, options: Asking & { yes?: boolean }, command: Command) => {
      assertYes(options.yes, `retire the move of ${reference} and remove its old place`)
      const session = await openSession(command, around)
      const path = { id: await moveId(session, reference) }
      const reply = retireMove({ client: session.client, path, headers: askingHeaders(options) })
      await accepted(session, await answer(session, reply), options, `the old place of ${reference} is gone`)
    },
  )

const abort = (around: Surroundings) =>
  ending('abort', 'Take a moved customer back, with all that was written since').action(
    async (reference: string, options: Asking, command: Command) => {
      const session = await openSession(command, around)
      const path = { id: await moveId(session, reference) }
      const reply = abortMove({ client: session.client, path, headers: askingHeaders(options) })
      await accepted(session, await answer(session, reply), options, `${reference} is where it was`)
    },
  )
