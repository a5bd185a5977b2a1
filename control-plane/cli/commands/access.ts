import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { whoAmI } from '../../client/generated/sdk.gen.ts'
import { readContexts, writeContexts } from '../contexts.ts'
import { usageError } from '../failure.ts'
import { renderFields, renderTable } from '../output.ts'
import { answer, clientFor, openSession, show, type Surroundings } from '../session.ts'

type Login = { url: string; tokenFile: string; as: string }

/** Signing in, who one is, and which planes one knows. */
export const accessCommands = (around: Surroundings): Command[] => [login(around), logout(around), whoami(around), contexts(around)]

const login = (around: Surroundings) =>
  new Command('login')
    .description('Check a token and keep it as a context')
    .requiredOption('--url <url>', 'address of the plane, for example http://127.0.0.1:7400')
    .requiredOption('--token-file <file>', 'file that holds the token; "-" reads standard input, so that it is in no history')
    .option('--as <name>', 'name of the context', 'default')
    .action(async ({ url, tokenFile, as }: Login) => {
      const token = (await readFile(tokenFile === '-' ? '/dev/stdin' : tokenFile, 'utf8')).trim()
      if (token === '') throw usageError(`${tokenFile} is empty: it must hold the token`)
      const me = await answer({ url }, whoAmI({ client: clientFor(url, token) }))
      const known = await readContexts(around.env)
      await writeContexts(around.env, { current: as, contexts: { ...known.contexts, [as]: { url, token } } })
      around.print(`signed in to ${url} as ${me.name} (${me.role}); context "${as}"`)
    })

const logout = (around: Surroundings) =>
  new Command('logout')
    .description('Forget a context and its token')
    .argument('[name]', 'context; the current one when left out')
    .action(async (name: string | undefined) => {
      const { current, contexts: known } = await readContexts(around.env)
      const gone = name ?? current
      if (gone === null || !(gone in known)) throw usageError(`no context called "${gone ?? ''}"`)
      const rest = Object.fromEntries(Object.entries(known).filter(([key]) => key !== gone))
      await writeContexts(around.env, { current: current === gone ? null : current, contexts: rest })
      around.print(`forgot "${gone}"`)
    })

const whoami = (around: Surroundings) =>
  new Command('whoami').description('Who the token belongs to and what it may do').action(async (_options: unknown, command: Command) => {
    const session = await openSession(command, around)
    const me = await answer(session, whoAmI({ client: session.client }))
    show(session, me, ({ name, role, operatorId, verbs }) =>
      renderFields([
        ['plane', session.url],
        ['name', name],
        ['role', role],
        ['id', operatorId],
        ['may', verbs.join(' ')],
      ]),
    )
  })

const contexts = (around: Surroundings) => {
  const group = new Command('contexts').description('Planes that this account knows')
  group
    .command('list')
    .description('All of them; * marks the current one')
    .action(async () => {
      const { current, contexts: known } = await readContexts(around.env)
      const rows = Object.entries(known).map(([name, { url }]) => ({ name, url, mark: name === current ? '*' : '' }))
      around.print(renderTable([['', (row) => row.mark], ['NAME', (row) => row.name], ['URL', (row) => row.url]], rows))
    })
  group
    .command('use')
    .description('Make one the current')
    .argument('<name>')
    .action(async (name: string) => {
      const { contexts: known } = await readContexts(around.env)
      if (!(name in known)) throw usageError(`no context called "${name}": there are ${Object.keys(known).join(', ') || 'none'}`)
      await writeContexts(around.env, { current: name, contexts: known })
      around.print(`using "${name}"`)
    })
  return group
}
