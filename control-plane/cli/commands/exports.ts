import { createReadStream, createWriteStream } from 'node:fs'
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Command } from 'commander'
import { downloadExport, exportTenant, getExport, listExports, openExport } from '../../client/generated/sdk.gen.ts'
import type { Export, ListExportsData } from '../../client/generated/types.gen.ts'
import { ArchiveFault, readArchive } from '../../proof/archive.ts'
import { linesOf } from '../../proof/lines.ts'
import { openSealed } from '../../proof/open-sealed.ts'
import { verifyArchive, type VerifiedArchive } from '../../proof/verify-archive.ts'
import {
  accepted,
  given,
  matchingHeaders,
  withAsking,
  withLimit,
  withMatching,
  type Asking,
  type Matching,
} from '../accepted.ts'
import { EXIT, Failure, failureOf, unreachable, usageError } from '../failure.ts'
import { renderFields, renderTable, type Column } from '../output.ts'
import { intoFile, reserve } from '../secret-file.ts'
import { answer, everyPage, openSession, printing, show, type Session, type Surroundings } from '../session.ts'

const COLUMNS: readonly Column<Export>[] = [
  ['ID', (one) => one.id],
  ['TENANT', (one) => one.slug],
  ['STATE', (one) => one.state],
  ['BYTES', (one) => one.bytes],
  ['MADE', (one) => one.createdAt],
  ['KEPT UNTIL', (one) => one.keepUntil],
  ['OPENS WITH', (one) => `key of the ${one.opensWith}`],
]
/** A large database takes its time. */
const PATIENCE_MS = 24 * 3_600_000

/** `steward tenants export`: what a tenant has, kept in a sealed file. */
export const tenantExport = (around: Surroundings): Command =>
  withMatching(
    withAsking(
      new Command('export')
        .description('Keep its data, configuration and record in a sealed file')
        .argument('<tenant>'),
    ),
  ).action(async (tenant: string, options: Asking & Matching, command: Command) => {
    const session = await openSession(command, around)
    const reply = exportTenant({ client: session.client, path: { tenant }, headers: matchingHeaders(options) })
    await accepted(
      session,
      await answer(session, reply),
      options,
      `${tenant} is exported: steward exports list --tenant ${tenant}`,
    )
  })

/** Sealed exports of tenants: found, taken away, verified. */
export const exportCommands = (around: Surroundings): Command[] => {
  const group = new Command('exports').description('Sealed exports of tenants')
  for (const make of [list, get, download, verify, extract]) group.addCommand(make(around))
  return [group]
}

const list = (around: Surroundings) =>
  withLimit(new Command('list').description('Newest first'), 50)
    .option('--tenant <tenant>', 'of one tenant, by slug or id')
    .action(async ({ limit, ...filters }: { limit: number; tenant?: string }, command: Command) => {
      const session = await openSession(command, around)
      const { client } = session
      const query: NonNullable<ListExportsData['query']> = given(filters)
      const found = await everyPage(session, limit, (page) => listExports({ client, query: { ...query, ...page } }))
      show(session, found, (items) => renderTable(COLUMNS, items))
    })

const get = (around: Surroundings) =>
  new Command('get')
    .description('One export with what is inside')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const reply = getExport({ client: session.client, path: { export: id } })
      show(session, await answer(session, reply), (one) =>
        renderFields([
          ...COLUMNS.map(([heading, value]) => [heading.toLowerCase(), value(one)] as const),
          ['sha256', one.sha256],
          ...one.sections.map(({ name, lines }) => [name, `${lines} lines`] as const),
        ]),
      )
    })

const download = (around: Surroundings) =>
  new Command('download')
    .description('Take the sealed file away, and with --key-out the key that opens it')
    .argument('<id>')
    .requiredOption('--out <file>', 'where the sealed file goes; there must be none')
    .option('--key-out <file>', 'where the key goes (0600): keep it elsewhere than the file')
    .action(async (id: string, { out, keyOut }: { out: string; keyOut?: string }, command: Command) => {
      const session = await openSession(command, around, PATIENCE_MS)
      const reserved = await reserve(out)
      try {
        await pipeline(await contentOf(session, id), createWriteStream(out, { mode: 0o600 }))
        if (keyOut !== undefined)
          await intoFile(
            keyOut,
            () => keyOf(session, id),
            ({ key }) => `${key}\n`,
          )
      } catch (error) {
        await reserved.giveUp()
        throw error
      }
      around.note(`${out}: verify it with: steward exports verify ${out} --key-file ${keyOut ?? '<file>'}`)
    })

const keyOf = (session: Session, id: string) =>
  answer(session, openExport({ client: session.client, path: { export: id } }))

async function contentOf({ client, url }: Session, id: string): Promise<Readable> {
  const { data, error, response } = await downloadExport({ client, path: { export: id }, parseAs: 'stream' })
  if (response === undefined) throw unreachable(url, error)
  if (!response.ok) throw failureOf(url, response.status, error)
  return Readable.fromWeb(data as unknown as Parameters<typeof Readable.fromWeb>[0]) // what `parseAs: stream` returns
}

type WithKey = { keyFile: string }
const withKeyFile = (command: Command) =>
  command.argument('<file>').requiredOption('--key-file <file>', 'the key that `exports download --key-out` wrote')

const verify = (around: Surroundings) =>
  withKeyFile(
    new Command('verify').description(
      'Verify a sealed file without the plane: every byte, every section, the record in it',
    ),
  )
    .option('--key <id...>', 'ids of signing keys that you noted; what they endorse is trusted, too')
    .action(async (file: string, { keyFile, key = [] }: WithKey & { key?: string[] }, command: Command) => {
      const dataKey = await readKey(keyFile)
      const verified = await told(file, () => verifyArchive(() => createReadStream(file), dataKey, key))
      show(printing(command, around), verified, praise)
      if (verified.audit.intact) return
      const { fault, message, line } = verified.audit
      throw new Failure(EXIT.other, `audit.${fault}`, `the record inside is not intact: ${message}`, [
        `its line ${line}`,
      ])
    })

const extract = (around: Surroundings) =>
  withKeyFile(
    new Command('extract').description('Open a sealed file into a folder, a file for each section; needs no plane'),
  )
    .requiredOption('--into <folder>', 'made when it is not there')
    .action(async (file: string, { keyFile, into }: WithKey & { into: string }, command: Command) => {
      const dataKey = await readKey(keyFile)
      await told(file, () => readArchive(linesOf(openSealed(createReadStream(file), dataKey)))) // nothing is written of one that is not whole
      await mkdir(into, { recursive: true, mode: 0o700 })
      const write = collected(into)
      const manifest = await told(file, () =>
        readArchive(linesOf(openSealed(createReadStream(file), dataKey)), (section, line) => write.take(section, line)),
      )
      await write.end()
      show(printing(command, around), manifest, ({ sections }) =>
        sections.map(({ name, lines }) => `${path.join(into, fileOf(name))}: ${lines} lines`).join('\n'),
      )
    })

const fileOf = (section: string): string =>
  `${encodeURIComponent(section.replace(/^table /, 'table.').replaceAll('"', ''))}.ndjson`

/** Writes sections to files, many lines at once. */
function collected(folder: string) {
  let [at, text] = ['', '']
  const flush = async () => {
    if (text !== '') await appendFile(path.join(folder, fileOf(at)), text, { mode: 0o600 })
    text = ''
  }
  return {
    async take(section: string, line: string) {
      if (section !== at || text.length > 1_000_000) await flush()
      at = section
      text += `${line}\n`
    },
    end: flush,
  }
}

async function readKey(file: string): Promise<Buffer> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw usageError(`${file} cannot be read: name the file that --key-out wrote`)
  })
  const key = Buffer.from(text.trim(), 'base64url')
  if (key.length !== 32) throw usageError(`${file} holds no key of an export`)
  return key
}

async function told<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ArchiveFault)
      throw new Failure(EXIT.other, `export.${error.fault}`, `not intact: ${error.message}`, [
        `${file} line ${error.line}`,
      ])
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw usageError(`there is no file ${file}`)
    throw error
  }
}

const praise = ({ manifest: { tenant, takenAt, sections }, audit }: VerifiedArchive): string => {
  const rows = sections.filter(({ name }) => name.startsWith('table ')).reduce((sum, { lines }) => sum + lines, 0)
  const events = audit.intact ? `${audit.events} events of its record` : 'a record that is not intact'
  return `intact: ${tenant.slug} as it was at ${takenAt}, ${rows} rows, ${events}`
}
