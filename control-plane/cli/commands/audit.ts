import { Command, Option } from 'commander'
import { listAuditEvents } from '../../client/generated/sdk.gen.ts'
import type { AuditEvent, ListAuditEventsData } from '../../client/generated/types.gen.ts'
import { given, withLimit } from '../accepted.ts'
import { renderTable, type Column } from '../output.ts'
import { tenantId } from '../references.ts'
import { everyPage, openSession, show, type Surroundings } from '../session.ts'

type Query = NonNullable<ListAuditEventsData['query']>
type Filters = { actor?: string; action?: string; subject?: string; outcome?: string; from?: string; to?: string }
type Options = Filters & { tenant?: string; limit: number }

const COLUMNS: readonly Column<AuditEvent>[] = [
  ['AT', (event) => event.at],
  ['ACTION', (event) => event.action],
  ['OUTCOME', (event) => event.outcome],
  ['SUBJECT', (event) => event.subject],
  ['ACTOR', (event) => event.actorId ?? 'the plane'],
]

/** The audit trail: who did what, when. */
export const auditCommands = (around: Surroundings): Command[] => [
  new Command('audit').description('Who did what, when').addCommand(list(around)),
]

const list = (around: Surroundings) =>
  withLimit(new Command('list').description('Newest first'), 50)
    .addOption(new Option('--tenant <tenant>', 'slug or id').conflicts('subject'))
    .option('--actor <id>', 'operator id')
    .option('--action <name>', 'for example tenant.create')
    .option('--subject <subject>', 'for example unit:<id>')
    .option('--outcome <outcome>', 'succeeded, failed or refused')
    .option('--from <time>', 'not before (RFC 3339)')
    .option('--to <time>', 'before (RFC 3339)')
    .action(async ({ limit, tenant, ...filters }: Options, command: Command) => {
      const session = await openSession(command, around)
      const subject = tenant === undefined ? filters.subject : `tenant:${await tenantId(session, tenant)}`
      const query = given({ ...filters, subject }) as Query // the plane checks words
      const { client } = session
      const events = await everyPage(session, limit, (page) =>
        listAuditEvents({ client, query: { ...query, ...page } }),
      )
      show(session, events, (items) => renderTable(COLUMNS, items))
    })
