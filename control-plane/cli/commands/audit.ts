import { Command, Option } from 'commander'
import {
  createAuditCheckpoint,
  eraseAuditPersonal,
  listAuditCheckpoints,
  listAuditEvents,
} from '../../client/generated/sdk.gen.ts'
import type { AuditCheckpoint, AuditEvent, ListAuditEventsData } from '../../client/generated/types.gen.ts'
import { assertYes, given, withLimit, withYes } from '../accepted.ts'
import { EXIT, Failure } from '../failure.ts'
import { renderTable, type Column } from '../output.ts'
import { tenantId } from '../references.ts'
import { answer, everyPage, openSession, show, type Surroundings } from '../session.ts'
import { exportCommand, verifyCommand } from './audit-files.ts'

type Query = NonNullable<ListAuditEventsData['query']>
type Options = Record<string, string> & { tenant?: string; limit: number }

const EVENTS: readonly Column<AuditEvent>[] = [
  ['AT', (event) => event.at],
  ['ACTION', (event) => event.action],
  ['OUTCOME', (event) => event.outcome],
  ['SUBJECT', (event) => event.subject],
  ['ACTOR', (event) => event.actorId ?? 'the plane'],
]
const CHECKPOINTS: readonly Column<AuditCheckpoint>[] = [
  ['CHECKPOINT', (one) => one.sequence],
  ['AT', (one) => one.at],
  ['EVENTS', (one) => one.events],
  ['MOVED', (one) => one.heads],
  ['KEY', (one) => one.key],
  ['HASH', (one) => one.hash.slice(0, 16)],
]

/** The audit record: who did what, when, and the proof of it. */
export const auditCommands = (around: Surroundings): Command[] => [
  new Command('audit')
    .description('Who did what, when, and the proof of it')
    .addCommand(list(around))
    .addCommand(exportCommand(around))
    .addCommand(verifyCommand(around))
    .addCommand(checkpoints(around))
    .addCommand(sign(around))
    .addCommand(erase(around)),
]

const list = (around: Surroundings) =>
  withLimit(new Command('list').description('Newest first'), 50)
    .option('--tenant <tenant>', 'slug or id: whatever was done about it')
    .option('--actor <id>', 'operator id')
    .option('--action <name>', 'an action or how it begins, for example tenant.')
    .option('--subject <subject>', 'for example unit:<id>')
    .option('--stream <stream>', 'installation, refusals or tenant:<id>')
    .option('--outcome <outcome>', 'succeeded, failed or refused')
    .option('--request <id>', 'request id of an answer')
    .option('--operation <id>', 'operation id')
    .option('--from <time>', 'not before (RFC 3339)')
    .option('--to <time>', 'before (RFC 3339)')
    .action(async ({ limit, tenant, ...filters }: Options, command: Command) => {
      const session = await openSession(command, around)
      const id = tenant === undefined ? undefined : await tenantId(session, tenant)
      const query = given({ ...filters, tenant: id }) as Query // the plane checks words
      const { client } = session
      const events = await everyPage(session, limit, (page) =>
        listAuditEvents({ client, query: { ...query, ...page } }),
      )
      show(session, events, (items) => renderTable(EVENTS, items))
    })

const checkpoints = (around: Surroundings) =>
  withLimit(
    new Command('checkpoints').description('Signed statements of where the record stands, newest first'),
    20,
  ).action(async ({ limit }: { limit: number }, command: Command) => {
    const session = await openSession(command, around)
    const { client } = session
    const found = await everyPage(session, limit, (query) => listAuditCheckpoints({ client, query }))
    show(session, found, (items) => renderTable(CHECKPOINTS, items))
  })

const sign = (around: Surroundings) =>
  new Command('checkpoint')
    .description('Verify what was written since the last checkpoint and sign it now')
    .action(async (_options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const signed = await answer(session, createAuditCheckpoint({ client: session.client }))
      const { checkpoint, broken } = signed
      show(session, signed, () =>
        checkpoint === null ? 'nothing sound has moved' : renderTable(CHECKPOINTS, [checkpoint]),
      )
      if (broken.length === 0) return
      const details = broken.map(({ stream, sequence, message }) => `${stream} event ${sequence}: ${message}`)
      throw new Failure(EXIT.other, 'audit.broken', `${broken.length} streams are not what was written`, details)
    })

type Erasing = { operator?: string; tenant?: string; value?: string; reason: string; yes?: boolean }
const erase = (around: Surroundings) =>
  withYes(new Command('erase').description('Erase personal values from the record; the proof stays whole'))
    .addOption(new Option('--operator <id>', 'values in events about this operator').conflicts(['tenant', 'value']))
    .addOption(new Option('--tenant <tenant>', 'all values in events of this tenant, by slug or id').conflicts('value'))
    .option('--value <text>', 'this value wherever it stands, for example an e-mail address')
    .requiredOption('--reason <text>', 'kept in the record for ever: name the request, not the person')
    .action(async ({ yes, tenant, ...wanted }: Erasing, command: Command) => {
      assertYes(yes, 'erase personal values from the record')
      const session = await openSession(command, around)
      const id = tenant === undefined ? undefined : await tenantId(session, tenant)
      const body = { reason: wanted.reason, ...given({ ...wanted, tenant: id }) }
      const erased = await answer(session, eraseAuditPersonal({ client: session.client, body }))
      show(session, erased, ({ values, events }) => `erased ${values} values in ${events} events`)
    })
