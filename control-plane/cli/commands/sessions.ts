import { Command } from 'commander'
import { listSessions, revokeSession } from '../../client/generated/sdk.gen.ts'
import type { ListSessionsData, Session as SignedIn } from '../../client/generated/types.gen.ts'
import { given, withLimit } from '../accepted.ts'
import { renderTable, type Column } from '../output.ts'
import { answer, everyPage, openSession, show, type Surroundings } from '../session.ts'

type Filters = { operator?: string; state?: string; limit: number }

/** Who is signed in. */
export const sessionCommands = (around: Surroundings): Command[] => {
  const group = new Command('sessions').description('Who is signed in; you, or others with the verb for it')
  for (const make of [list, revoke]) group.addCommand(make(around))
  return [group]
}

const COLUMNS: readonly Column<SignedIn>[] = [
  ['ID', (session) => session.id],
  ['OPERATOR', (session) => session.operator],
  ['BY', (session) => session.client],
  ['STATE', (session) => session.endedBy ?? session.state],
  ['SINCE', (session) => session.createdAt],
  ['EXPIRES', (session) => session.expiresAt],
  ['LAST USED', (session) => session.lastUsedAt],
]

const list = (around: Surroundings) =>
  withLimit(new Command('list').description('Sessions, newest first'))
    .option('--operator <operator>', 'name or id')
    .option('--state <state>', 'live or ended')
    .action(async ({ limit, ...filters }: Filters, command: Command) => {
      const session = await openSession(command, around)
      const { client } = session
      const query = given(filters) as NonNullable<ListSessionsData['query']> // the plane checks words
      const all = await everyPage(session, limit, (page) => listSessions({ client, query: { ...query, ...page } }))
      show(session, all, (items) => renderTable(COLUMNS, items))
    })

const revoke = (around: Surroundings) =>
  new Command('revoke')
    .description('End a session everywhere, at once')
    .argument('<session>', 'its id, as "steward sessions list" shows it')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const reply = revokeSession({ client: session.client, path: { session: id } })
      show(session, await answer(session, reply), ({ operator }) => `the session of ${operator} has ended`)
    })
