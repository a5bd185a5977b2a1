import { Command, Option } from 'commander'
import { listShares, shareOperation, unshareOperation } from '../../client/generated/sdk.gen.ts'
import type { Share } from '../../client/generated/types.gen.ts'
import { given, withLimit } from '../accepted.ts'
import { lifetime } from '../lifetime.ts'
import { renderTable, type Column } from '../output.ts'
import { answer, everyPage, openSession, show, type Surroundings } from '../session.ts'

/** `operations share`: what a customer-facing person sends to the customer. */
export const share = (around: Surroundings) =>
  new Command('share')
    .description('Make a link that shows how far it is to whoever has it; it ends by itself and is shown this once')
    .argument('<id>')
    .addOption(
      new Option('--expires-in <time>', 'for example 12h or 7d; 7d when left out').argParser(
        lifetime(['h', 'd'], 'Say hours or days, for example 12h or 7d.'),
      ),
    )
    .action(async (id: string, { expiresIn }: { expiresIn?: number }, command: Command) => {
      const session = await openSession(command, around)
      const body = given({ expiresInSeconds: expiresIn })
      const made = await answer(session, shareOperation({ client: session.client, path: { id }, body }))
      show(session, made, ({ url }) => url)
      if (session.output === 'table')
        session.note(
          `shows this one operation until ${made.expiresAt}; take it back: steward operations unshare ${id} ${made.id}`,
        )
    })

const COLUMNS: readonly Column<Share>[] = [
  ['ID', (one) => one.id],
  ['STATE', (one) => one.state],
  ['MADE', (one) => one.createdAt],
  ['EXPIRES', (one) => one.expiresAt],
]

export const shares = (around: Surroundings) =>
  withLimit(new Command('shares').description('Links to it, newest first').argument('<id>'), 50).action(
    async (id: string, { limit }: { limit: number }, command: Command) => {
      const session = await openSession(command, around)
      const { client } = session
      const all = await everyPage(session, limit, (query) => listShares({ client, path: { id }, query }))
      show(session, all, (items) => renderTable(COLUMNS, items))
    },
  )

export const unshare = (around: Surroundings) =>
  new Command('unshare')
    .description('Revoke a link at once')
    .argument('<id>')
    .argument('<share>', 'id of the link')
    .action(async (id: string, which: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const path = { id, share: which }
      show(
        session,
        await answer(session, unshareOperation({ client: session.client, path })),
        () => `${which} is revoked`,
      )
    })
