import { createReadStream } from 'node:fs'
import { Command, Option } from 'commander'
import type { ExportAuditData } from '../../client/generated/types.gen.ts'
import { linesOf } from '../../proof/lines.ts'
import { verifyExports, type ExportFile, type Verdict, type Verified } from '../../proof/verify-export.ts'
import { given } from '../accepted.ts'
import { download, keepIn, resumeAt } from '../audit-download.ts'
import { EXIT, Failure, usageError } from '../failure.ts'
import { tenantId } from '../references.ts'
import { openSession, printing, show, type Session, type Surroundings } from '../session.ts'

type Query = NonNullable<ExportAuditData['query']>
type Wanted = Omit<Query, 'after'> & { tenant?: string; after?: string; resume?: boolean }

/** A record of millions of events takes its time. */
const PATIENCE_MS = 24 * 3_600_000

export const exportCommand = (around: Surroundings) =>
  new Command('export')
    .description('Keep the record, or a part of it, in a file that can be verified without the plane')
    .argument('<file>', '/dev/stdout for a pipe')
    .option('--stream <stream>', 'only installation, refusals or tenant:<id>')
    .addOption(new Option('--tenant <tenant>', 'only the stream of this tenant, by slug or id').conflicts('stream'))
    .option('--from <time>', 'from the first event not before (RFC 3339)')
    .option('--to <time>', 'to the last event before (RFC 3339), and on to the next signed one')
    .option('--redact', 'leave personal values out; what remains still verifies')
    .option('--after <position>', 'go on after <stream>@<sequence>, the last event that arrived elsewhere')
    .option('--resume', 'go on in <file>, which was broken off')
    .action(async (file: string, options: Wanted, command: Command) => {
      if (options.resume && options.after !== undefined) throw usageError('--resume finds out --after by itself')
      const session = await openSession(command, around, PATIENCE_MS)
      const { tenant, resume, ...plain } = options
      const stream = tenant === undefined ? plain.stream : `tenant:${await tenantId(session, tenant)}`
      const kept = resume === true ? await resumeAt(file) : null
      if (kept === 'complete') return around.note(`${file} is complete already`)
      const query: Query = given({ ...plain, stream, after: kept?.position ?? plain.after })
      await keepIn(file, kept, await download(session, query))
      around.note(`${file}: verify it with: steward audit verify ${file}`)
    })

export const verifyCommand = (around: Surroundings) =>
  new Command('verify')
    .description('Verify exports without the plane, several ones oldest first; with no file, the record of the plane')
    .argument('[files...]', '/dev/stdin for a pipe')
    .option('--key <id...>', 'ids of signing keys that you noted; what they endorse is trusted, too')
    .action(async (files: string[], { key = [] }: { key?: string[] }, command: Command) => {
      const online = files.length === 0 ? await openSession(command, around, PATIENCE_MS) : null
      const sources = online === null ? files.map(fromFile) : [await fromPlane(online)]
      report(around, command, await verifyExports(sources, key))
    })

const fromFile = (name: string): ExportFile => ({
  name,
  lines: linesOf(createReadStream(name, { highWaterMark: 1 << 20 })),
})
const fromPlane = async (session: Session): Promise<ExportFile> => ({
  name: session.url,
  lines: linesOf(await download(session, {})),
})

function report(around: Surroundings, command: Command, verdict: Verdict): void {
  show(printing(command, around), verdict, (told) => (told.intact ? praise(told) : ''))
  if (verdict.intact) return
  const { fault, message, file, line, stream, sequence, through, eventId } = verdict
  const place = stream === null ? `checkpoint ${sequence ?? '?'}` : `${stream} event ${sequence ?? '?'}`
  const upTo = through === null || through === sequence ? '' : ` (or one up to ${through})`
  const details = [
    `${file} line ${line}`,
    ...(eventId === null ? [] : [`event id ${eventId}`]),
    'what to do: runbooks/operations/audit-verification-failed.md',
  ]
  const where = stream === null && sequence === null ? '' : `${place}${upTo}: `
  throw new Failure(EXIT.other, `audit.${fault}`, `not intact: ${where}${message}`, details)
}

function praise({ events, streams, checkpoints, anchored, keys, scopes }: Verified): string {
  const limits = scopes.flatMap((scope) => Object.entries(scope).filter(([, value]) => value !== null))
  const part = limits.length === 0 ? '' : ` (only ${limits.map(([name, value]) => `${name} ${value}`).join(', ')})`
  const trust = anchored
    ? 'signed by keys that yours vouch for'
    : `signed by ${keys.join(', ')}: compare with ids that you noted, or give them as --key`
  return `intact: ${events} events in ${streams} streams${part}, ${checkpoints} checkpoints, ${trust}`
}
