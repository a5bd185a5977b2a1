import { rm, writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { createToken, listTokens, revokeToken } from '../../client/generated/sdk.gen.ts'
import type { CreateTokenData, ListTokensData, Token, TokenCreated } from '../../client/generated/types.gen.ts'
import { given, withLimit } from '../accepted.ts'
import { EXIT, Failure } from '../failure.ts'
import { renderTable, type Column } from '../output.ts'
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

const HOURS = { h: 1, d: 24 } as const
/** `12h` or `30d` in milliseconds. */
function lifetime(text: string): number {
  const [, number, unit] = /^([1-9]\d{0,3})([hd])$/.exec(text) ?? []
  if (number === undefined) throw new InvalidArgumentError('Say hours or days, for example 12h or 30d.')
  return Number(number) * HOURS[unit as keyof typeof HOURS] * 3_600_000 // the pattern knows these units only
}

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
    .addOption(new Option('--expires-in <time>', 'for example 12h or 30d').argParser(lifetime))
    .option('--to-file <file>', 'write it there (0600) instead of showing it; the file must not exist')
    .action(async (name: string, { toFile, expiresIn, ...wanted }: Wanted, command: Command) => {
      const session = await openSession(command, around)
      const expiresAt = expiresIn === undefined ? wanted.expiresAt : new Date(Date.now() + expiresIn).toISOString()
      const body = { name, ...given({ ...wanted, expiresAt }) } as CreateTokenData['body'] // the plane checks words
      const file = toFile === undefined ? undefined : await reserve(toFile)
      const made = await answer(session, createToken({ client: session.client, body })).catch(
        async (error: unknown) => {
          await file?.giveUp()
          throw error
        },
      )
      if (file) await file.fill(made.secret)
      show(session, toFile === undefined ? made : { token: made.token, file: toFile }, () => told(made, toFile))
    })

/** The file is made before the token, so that no token is made that cannot be kept. */
async function reserve(file: string) {
  await writeFile(file, '', { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(
      EXIT.usage,
      'usage',
      `${file} cannot be made (${error.code}): name a file that does not exist yet`,
    )
  })
  return { fill: (secret: string) => writeFile(file, `${secret}\n`), giveUp: () => rm(file, { force: true }) }
}

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
