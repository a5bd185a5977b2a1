import { Command } from 'commander'
import { backupUnit, listBackups } from '../../client/generated/sdk.gen.ts'
import type { Backup } from '../../client/generated/types.gen.ts'
import { accepted, askingHeaders, withAsking, withLimit, type Asking } from '../accepted.ts'
import { renderTable, type Column } from '../output.ts'
import { answer, everyPage, openSession, show, type Surroundings } from '../session.ts'

const COLUMNS: readonly Column<Backup>[] = [
  ['TAKEN', (one) => one.takenAt],
  ['STATE', (one) => (one.removedBecause === null ? one.state : `removed (${one.removedBecause})`)],
  ['BYTES', (one) => one.bytes],
  ['TABLES', (one) => one.tables],
  ['ROWS', (one) => one.rows],
  ['VERSION', (one) => `${one.product}:${one.version}`],
  ['KEY', (one) => `${one.key} ${one.keyGeneration}`],
  ['OBJECT', (one) => one.object],
]

/** `units backup`: the database of a stack, into its own store. */
export const backupCommand = (around: Surroundings) =>
  withAsking(
    new Command('backup')
      .description('Back the database of a dedicated stack up into its own store, sealed, and see that it restores')
      .argument('<unit>'),
  ).action(async (unit: string, options: Asking, command: Command) => {
    const session = await openSession(command, around)
    const reply = backupUnit({ client: session.client, path: { unit }, headers: askingHeaders(options) })
    await accepted(
      session,
      await answer(session, reply),
      options,
      `${unit} is backed up, and the backup restores: steward units backups ${unit}`,
    )
  })

/** `units backups`: what there is of them. */
export const backupsCommand = (around: Surroundings) =>
  withLimit(new Command('backups').description('Backups of a dedicated stack, newest first'))
    .argument('<unit>')
    .option('--removed', 'also those that are kept no more')
    .action(
      async (unit: string, { limit, removed = false }: { limit: number; removed?: boolean }, command: Command) => {
        const session = await openSession(command, around)
        const { client } = session
        const backups = await everyPage(session, limit, (page) =>
          listBackups({ client, path: { unit }, query: { ...page, removed } }),
        )
        show(session, backups, (items) => renderTable(COLUMNS, items))
      },
    )
