import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { getCertificate } from '../../client/generated/sdk.gen.ts'
import type { DestroyedBackup, ReleasedHold, RemovalRecord } from '../../proof/removal-record.ts'
import { verifyCertificate } from '../../proof/verify-certificate.ts'
import { EXIT, Failure, usageError } from '../failure.ts'
import { renderFields, renderTable } from '../output.ts'
import { intoFile } from '../secret-file.ts'
import { answer, openSession, printing, show, type Surroundings } from '../session.ts'

/** `steward tenants certificate`: the proof that nothing of a removed tenant is left. */
export const tenantCertificate = (around: Surroundings): Command =>
  new Command('certificate')
    .description('The signed certificate that nothing of a removed tenant is left')
    .argument('<tenant>')
    .option('--out <file>', 'keep it in this file, to be verified without the plane')
    .action(async (tenant: string, { out }: { out?: string }, command: Command) => {
      const session = await openSession(command, around)
      const ask = () => answer(session, getCertificate({ client: session.client, path: { tenant } }))
      const certificate = await intoFile(out, ask, (one) => `${JSON.stringify(one, null, 2)}\n`)
      if (out !== undefined) return around.note(`${out}: verify it with: steward certificates verify ${out}`)
      show(session, certificate, ({ record }) => rendered(JSON.parse(record) as RemovalRecord)) // as the plane signed it
    })

/** Certificates, verified without the plane. */
export const certificateCommands = (around: Surroundings): Command[] => [
  new Command('certificates').description('Certificates of removed tenants').addCommand(verify(around)),
]

const verify = (around: Surroundings) =>
  new Command('verify')
    .description('Verify a certificate without the plane')
    .argument('<file>')
    .option('--key <id...>', 'ids of signing keys that you noted; what they endorse is trusted, too')
    .action(async (file: string, { key = [] }: { key?: string[] }, command: Command) => {
      const text = await readFile(file, 'utf8').catch(() => {
        throw usageError(`${file} cannot be read`)
      })
      const verdict = verifyCertificate(text, key)
      if (!verdict.valid)
        throw new Failure(EXIT.other, `certificate.${verdict.fault}`, `not valid: ${verdict.message}`, [file])
      show(printing(command, around), verdict, ({ record, keyId, anchored }) =>
        [
          rendered(record),
          anchored
            ? `valid: signed by ${keyId}, which your keys vouch for`
            : `valid: signed by ${keyId}: compare with ids that you noted, or give them as --key`,
        ].join('\n\n'),
      )
    })

const approvedBy = (approval: RemovalRecord['approval']): string => {
  if (approval === null) return 'its plan asks nobody'
  const { decidedBy, decidedAt, requestedBy, requestedAt } = approval
  const asked = requestedAt === undefined ? '' : `, asked for by ${requestedBy ?? 'the plane'} at ${requestedAt}`
  return `by ${decidedBy} at ${decidedAt}${asked}`
}
const ended = ({ placedBy, placedAt, until, releasedBy, releasedAt }: ReleasedHold): string =>
  `placed by ${placedBy} at ${placedAt}, ${releasedBy === null ? `ended at ${until}` : `released by ${releasedBy} at ${releasedAt}`}`

const backupsTable = (backups: readonly DestroyedBackup[]): string =>
  renderTable(
    [
      ['BACKUP', (one) => one.id],
      ['TAKEN', (one) => one.takenAt],
      ['DESTROYED AT', (one) => one.removedAt],
    ],
    [...backups],
  )

const rendered = ({
  tenant,
  unit,
  operationId,
  approval,
  holds = [],
  measuredAt,
  destroyed,
  backups = [],
  sweep,
  stays,
}: RemovalRecord): string =>
  [
    renderFields([
      ['tenant', `${tenant.slug} (${tenant.id})`],
      ['was in', `${unit.kind} ${unit.name}, ${tenant.region}`],
      ['removed by', operationId],
      ['approved', approvedBy(approval)],
      ...(holds.length === 0 ? [] : [['legal holds', holds.map(ended).join('; ')] as const]),
      ['nothing left at', measuredAt],
      ['looked for', sweep.credential],
    ]),
    renderTable(
      [
        ['DESTROYED', (one) => one.title],
        ['AT', (one) => one.finishedAt],
      ],
      [...destroyed],
    ),
    ...(backups.length === 0 ? [] : [backupsTable(backups)]),
    renderTable(
      [
        ['LOOKED AT', (one) => one.looked],
        ['FOUND', (one) => one.found],
        ['BY', (one) => one.means],
      ],
      [...sweep.looks],
    ),
    renderTable(
      [
        ['STAYS', (one) => one.what],
        ['UNTIL', (one) => one.until],
        ['WHY', (one) => one.why],
      ],
      [...stays],
    ),
  ].join('\n\n')
