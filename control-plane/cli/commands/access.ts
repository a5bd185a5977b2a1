import { readFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { signOut, whoAmI } from '../../client/generated/sdk.gen.ts'
import { findContext, planeUrl, readContexts, usableToken, writeContexts } from '../contexts.ts'
import { signInByDevice } from '../device.ts'
import { usageError } from '../failure.ts'
import { renderFields, renderTable } from '../output.ts'
import { answer, clientFor, done, openSession, printing, show, type Surroundings } from '../session.ts'

type Login = { url: string; tokenFile?: string; sso?: boolean; as: string }

/** Signing in, who one is, and which planes one knows. */
export const accessCommands = (around: Surroundings): Command[] => [
  login(around),
  logout(around),
  whoami(around),
  contexts(around),
]

const login = (around: Surroundings) =>
  new Command('login')
    .description('Sign in, or check a token, and keep it as a context')
    .requiredOption('--url <url>', 'address of the plane, for example http://127.0.0.1:7400')
    .addOption(
      new Option(
        '--token-file <file>',
        'file that holds the token; "-" reads standard input. Never an argument: everybody sees those',
      ).conflicts('sso'),
    )
    .option('--sso', "sign in with the company's identity provider, in a browser anywhere")
    .option('--as <name>', 'name of the context', 'default')
    .action(async (options: Login, command: Command) => {
      const { as: name } = options
      if (!/^[A-Za-z0-9][\w.-]*$/.test(name))
        throw usageError(`"${name}" is no name for a context: letters, digits, ".", "_" and "-"`)
      const url = planeUrl(options.url)
      const token = await tokenFor(url, options, around)
      const me = await answer({ url }, whoAmI({ client: clientFor(url, token) }))
      const known = await readContexts(around.env)
      await writeContexts(around.env, { current: name, contexts: { ...known.contexts, [name]: { url, token } } })
      const signedIn = { context: name, url, name: me.name, role: me.role }
      show(
        printing(command, around),
        signedIn,
        () => `signed in to ${url} as ${me.name} (${me.role}); context "${name}"`,
      )
    })

async function tokenFor(url: string, { tokenFile, sso }: Login, around: Surroundings): Promise<string> {
  if (sso === true) return signInByDevice(url, around)
  if (tokenFile !== undefined) return readToken(tokenFile, around)
  throw usageError('say how: --sso to sign in as yourself, or --token-file FILE')
}

async function readToken(file: string, { input }: Surroundings): Promise<string> {
  if (file === '-') return usableToken(await input(), 'standard input')
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw usageError(`the token file ${file} cannot be read (${error.code})`)
  })
  return usableToken(text, file)
}

/** How a session begins, unlike a token that is good for other places, too. */
const SESSION = 'sts_'

/** Ends the session at the plane as well; when that cannot be said, forgetting goes on and says so. */
const endSession = (url: string, token: string, { note }: Surroundings) =>
  done({ url }, signOut({ client: clientFor(url, token) })).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    note(`the session was not ended at ${url}: ${why}`)
  })

const logout = (around: Surroundings) =>
  new Command('logout')
    .description('Forget a context and its token; a session is ended')
    .argument('[name]', 'context; the current one when left out')
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const known = await readContexts(around.env)
      const gone = name ?? known.current
      if (gone === null) throw usageError('no current context to forget: name one')
      const { url, token } = findContext(known, gone)
      if (token.startsWith(SESSION)) await endSession(url, token, around)
      const rest = Object.fromEntries(Object.entries(known.contexts).filter(([key]) => key !== gone))
      const current = known.current === gone ? null : known.current
      await writeContexts(around.env, { current, contexts: rest })
      show(printing(command, around), { forgot: gone, current }, () => `forgot "${gone}"`)
    })

const whoami = (around: Surroundings) =>
  new Command('whoami')
    .description('Who the token belongs to and what it may do')
    .action(async (_options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const me = await answer(session, whoAmI({ client: session.client }))
      show(session, me, ({ name, role, operatorId, verbs, credential, expiresAt }) =>
        renderFields([
          ['plane', session.url],
          ['name', name],
          ['role', role],
          ['id', operatorId],
          [credential, `until ${expiresAt ?? 'it is revoked'}`],
          ['may', verbs.join(' ') || 'nothing'],
        ]),
      )
    })

const contexts = (around: Surroundings) => {
  const group = new Command('contexts').description('Planes that this account knows')
  group
    .command('list')
    .description('All of them; * marks the current one')
    .action(async (_options: unknown, command: Command) => {
      const { current, contexts: known } = await readContexts(around.env)
      const rows = Object.entries(known).map(([name, { url }]) => ({ name, url, current: name === current }))
      show(printing(command, around), rows, (all) =>
        renderTable(
          [
            ['', (row) => (row.current ? '*' : '')],
            ['NAME', (row) => row.name],
            ['URL', (row) => row.url],
          ],
          all,
        ),
      )
    })
  group
    .command('use')
    .description('Make one the current')
    .argument('<name>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const known = await readContexts(around.env)
      const { url } = findContext(known, name)
      await writeContexts(around.env, { ...known, current: name })
      show(printing(command, around), { name, url }, () => `using "${name}" (${url})`)
    })
  return group
}
