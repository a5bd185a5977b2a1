import { Command, Option } from 'commander'
import { handOffTenant } from '../../client/generated/sdk.gen.ts'
import type { HandOffTenantData } from '../../client/generated/types.gen.ts'
import { given } from '../accepted.ts'
import { lifetime } from '../lifetime.ts'
import { renderFields } from '../output.ts'
import { answer, openSession, show, type Surroundings } from '../session.ts'

/** `steward tenants hand-off`: what a customer is sent when it is ready. */
export const handOff = (around: Surroundings): Command =>
  new Command('hand-off')
    .description('Hand a customer over: its address, and a link to its first credentials that opens once')
    .argument('<tenant>')
    .option('--role <role>', 'what a private customer gets: tenant-viewer (when left out) or tenant-admin')
    .addOption(
      new Option(
        '--expires-in <time>',
        'end of link and credentials, for example 30m or 12h; 24h when left out',
      ).argParser(lifetime(['m', 'h'], 'Say minutes or hours, for example 30m or 12h.')),
    )
    .action(async (tenant: string, options: { role?: string; expiresIn?: number }, command: Command) => {
      const session = await openSession(command, around)
      const body = given({ role: options.role, expiresInSeconds: options.expiresIn }) as HandOffTenantData['body'] // the plane checks words
      const made = await answer(session, handOffTenant({ client: session.client, path: { tenant }, body }))
      show(session, made, ({ url, link, expiresAt }) =>
        renderFields([
          ['address', url],
          ['credentials', link ?? 'none: a shared customer has nothing of its own that could be handed over'],
          ...(expiresAt === null
            ? []
            : [['until', `${expiresAt}; the first to open it sees them, nobody after that`] as const]),
        ]),
      )
    })
