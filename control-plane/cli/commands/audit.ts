import { Command } from 'commander'
import { getTenant, listAuditEvents } from '../../client/generated/sdk.gen.ts'
import type { AuditEvent, ListAuditEventsData } from '../../client/generated/types.gen.ts'
import { given, wholeNumber } from '../accepted.ts'
import { renderTable, type Column } from '../output.ts'
import { answer, openSession, show, type Surroundings } from '../session.ts'

type Filters = { actor?: string; action?: string; subject?: string; outcome?: string; from?: string; to?: string; tenant?: string; limit: number }

const COLUMNS: readonly Column<AuditEvent>[] = [
  ['AT', (event) => event.at],
  ['ACTION', (event) => event.action],
  ['OUTCOME', (event) => event.outcome],
  ['SUBJECT', (event) => event.subject],
  ['ACTOR', (event) => event.actorId ?? 'the plane'],
]

/** The audit trail: who did what, when. */
export const auditCommands = (around: Surroundings): Command[] => {
  const group = new Command('audit').description('Who did what, when')
  group
    .command('list')
    .description('Newest first')
    .option('--tenant <tenant>', 'slug or id')
    .option('--actor <id>', 'operator id')
    .option('--action <name>', 'for example tenant.create')
    .option('--subject <subject>', 'for example unit:<id>')
    .option('--outcome <outcome>', 'succeeded, failed or refused')
    .option('--from <time>', 'not before (RFC 3339)')
    .option('--to <time>', 'before (RFC 3339)')
    .option('--limit <n>', 'at most 200', wholeNumber, 50)
    .action(async ({ tenant, subject, ...filters }: Filters, command: Command) => {
      const session = await openSession(command, around)
      const who = tenant === undefined ? subject : `tenant:${(await answer(session, getTenant({ client: session.client, path: { tenant } }))).id}`
      const query = given({ ...filters, subject: who }) as NonNullable<ListAuditEventsData['query']> // the plane checks words
      const page = await answer(session, listAuditEvents({ client: session.client, query }))
      show(session, page.items, (items) => renderTable(COLUMNS, items))
    })
  return [group]
}
