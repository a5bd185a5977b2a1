import { Command, Option } from 'commander'
import { createToken, listTokens, revokeToken } from '../../client/generated/sdk.gen.ts'
import type { CreateTokenData, ListTokensData, Token, TokenCreated } from '../../client/generated/types.gen.ts'
import { given, withLimit } from '../accepted.ts'
import { lifetime } from '../lifetime.ts'
import { renderTable, type Column } from '../output.ts'
import { intoFile } from '../secret-file.ts'
import { answer, everyPage, openSession, show, type Surroundings } from '../session.ts'

type Wanted = {
  operator?: string
  role?: string
  verbs?: string[]
  expiresAt?: string
  expiresIn?: number
  toFile?: string
}
type Filters = { operator?: string; state?: string; limit: number }

/** What scripts and people come with. */
export const tokenCommands = (around: Surroundings): Command[] => {
  const group = new Command('tokens').description('What scripts come with; yours, or of others with the verb for it')
  for (const make of [create, list, revoke]) group.addCommand(make(around))
  return [group]
}

const COLUMNS: readonly Column<Token>[] = [
  ['ID', (token) => token.id],
  ['NAME', (token) => token.name],
  ['OPERATOR', (token) => token.operator],
  ['NARROWED TO', (token) => [token.role, ...(token.verbs ?? [])].filter(Boolean).join(' ') || null],
  ['STATE', (token) => token.state],
  ['EXPIRES', (token) => token.expiresAt ?? 'never'],
  ['LAST USED', (token) => token.lastUsedAt],
]

const HOURS_OR_DAYS = 'Say hours or days, for example 12h or 30d.'

const create = (around: Surroundings) =>
  new Command('create')
    .description('Make a token; it is shown this once')
    .argument('<name>')
    .option('--operator <operator>', 'whose: name or id; yours when left out')
    .option('--role <role>', 'take away what this role may not')
    .addOption(
      new Option('--verbs <verbs>', 'take away all but these, separated by commas').argParser((text) =>
        text.split(','),
      ),
    )
    .addOption(
      new Option('--expires-at <time>', 'RFC 3339, within a year; in 90 days when left out').conflicts('expiresIn'),
    )
    .addOption(
      new Option('--expires-in <time>', 'for example 12h or 30d').argParser(lifetime(['h', 'd'], HOURS_OR_DAYS)),
    )
    .option('--to-file <file>', 'write it there (0600) instead of showing it; the file must not exist')
    .action(async (name: string, { toFile, expiresIn, ...wanted }: Wanted, command: Command) => {
      const session = await openSession(command, around)
      const expiresAt =
        expiresIn === undefined ? wanted.expiresAt : new Date(Date.now() + expiresIn * 1000).toISOString()
      const body = { name, ...given({ ...wanted, expiresAt }) } as CreateTokenData['body'] // the plane checks words
      const ask = () => answer(session, createToken({ client: session.client, body }))
      const made = await intoFile(toFile, ask, ({ secret }) => `${secret}\n`)
      show(session, toFile === undefined ? made : { token: made.token, file: toFile }, () => told(made, toFile))
    })

const told = ({ token, secret }: TokenCreated, file: string | undefined): string =>
  file === undefined
    ? `${secret}\nThis is the token "${token.name}" of ${token.operator} until ${token.expiresAt}. It is shown this once.`
    : `the token "${token.name}" of ${token.operator} until ${token.expiresAt} is in ${file}`

const list = (around: Surroundings) =>
  withLimit(new Command('list').description('Tokens, newest first'))
    .option('--operator <operator>', 'name or id')
    .option('--state <state>', 'live, expired or revoked')
    .action(async ({ limit, ...filters }: Filters, command: Command) => {
      const session = await openSession(command, around)
      const { client } = session
      const query = given(filters) as NonNullable<ListTokensData['query']> // the plane checks words
      const all = await everyPage(session, limit, (page) => listTokens({ client, query: { ...query, ...page } }))
      show(session, all, (items) => renderTable(COLUMNS, items))
    })

const revoke = (around: Surroundings) =>
  new Command('revoke')
    .description('Refuse a token everywhere, at once and for ever')
    .argument('<token>', 'its id, as "steward tokens list" shows it')
    .action(async (token: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const reply = revokeToken({ client: session.client, path: { token } })
      show(
        session,
        await answer(session, reply),
        (one) => `the token "${one.name ?? one.id}" of ${one.operator} is revoked`,
      )
    })
