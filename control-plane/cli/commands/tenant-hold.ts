import { Command } from 'commander'
import { holdTenant, listHolds, releaseHold } from '../../client/generated/sdk.gen.ts'
import type { Hold } from '../../client/generated/types.gen.ts'
import { askingHeaders, given, withKey, withLimit, type Asking } from '../accepted.ts'
import { usageError } from '../failure.ts'
import { renderTable, type Column } from '../output.ts'
import { answer, everyPage, openSession, show, type Session, type Surroundings } from '../session.ts'

/** `steward tenants hold`: nothing of the tenant is removed before it is released. */
export const hold = (around: Surroundings): Command =>
  withKey(new Command('hold').description('Forbid its removal until the hold is released or ends').argument('<tenant>'))
    .requiredOption('--reason <text>', 'kept in the record for ever: name the matter, not persons')
    .option('--until <time>', 'it ends by itself then (RFC 3339); only when it is released when left out')
    .action(async (tenant: string, options: Asking & { reason: string; until?: string }, command: Command) => {
      const session = await openSession(command, around)
      const { reason, until } = options
      const [body, headers] = [{ reason, ...given({ until }) }, askingHeaders(options)]
      const placed = await answer(session, holdTenant({ client: session.client, path: { tenant }, body, headers }))
      show(session, placed, ({ hold: { id, until: end }, stopped }) =>
        [
          `${tenant} is on hold ${end === null ? 'until it is released' : `until ${end}`}: ${id}`,
          ...(stopped === null ? [] : [`its removal turns back: steward operations watch ${stopped}`]),
        ].join('\n'),
      )
    })

const COLUMNS: readonly Column<Hold>[] = [
  ['ID', (one) => one.id],
  ['STATE', (one) => one.state],
  ['REASON', (one) => one.reason],
  ['PLACED', (one) => one.placedAt],
  ['UNTIL', (one) => one.until],
  ['RELEASED', (one) => one.releasedAt],
]
const every = (session: Session, tenant: string, limit: number) =>
  everyPage(session, limit, (query) => listHolds({ client: session.client, path: { tenant }, query }))

export const holds = (around: Surroundings): Command =>
  withLimit(new Command('holds').description('Its legal holds, newest first').argument('<tenant>'), 50).action(
    async (tenant: string, { limit }: { limit: number }, command: Command) => {
      const session = await openSession(command, around)
      show(session, await every(session, tenant, limit), (items) => renderTable(COLUMNS, items))
    },
  )

export const holdRelease = (around: Surroundings): Command =>
  withKey(
    new Command('release-hold')
      .description('Let it go: unless another hold lies on it, it can be removed again')
      .argument('<tenant>')
      .argument('[hold]', 'id of the hold; the only one in force when left out'),
  )
    .requiredOption('--reason <text>', 'kept in the record for ever: name the matter, not persons')
    .action(
      async (tenant: string, named: string | undefined, options: Asking & { reason: string }, command: Command) => {
        const session = await openSession(command, around)
        const id = named ?? (await onlyOne(session, tenant))
        const [path, body] = [{ tenant, hold: id }, { reason: options.reason }]
        const reply = releaseHold({ client: session.client, path, body, headers: askingHeaders(options) })
        show(session, await answer(session, reply), () => `hold ${id} on ${tenant} is released`)
      },
    )

async function onlyOne(session: Session, tenant: string): Promise<string> {
  const [first, ...more] = (await every(session, tenant, 200)).filter(({ state }) => state === 'in-force')
  if (first === undefined) throw usageError(`no hold lies on ${tenant}: steward tenants holds ${tenant}`)
  if (more.length > 0)
    throw usageError(
      `${more.length + 1} holds lie on ${tenant}: name the one that ends (steward tenants holds ${tenant})`,
    )
  return first.id
}
