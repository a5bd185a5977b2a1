import { Command } from 'commander'
import { attestUnit, getEvidence, listEvidence, listSigningKeys } from '../../client/generated/sdk.gen.ts'
import type { Evidence, EvidenceSummary, ListEvidenceData } from '../../client/generated/types.gen.ts'
import { isSignedBy } from '../../proof/signatures.ts'
import { accepted, askingHeaders, given, withAsking, withLimit, type Asking } from '../accepted.ts'
import { Failure, EXIT } from '../failure.ts'
import { renderFields, renderTable, type Column } from '../output.ts'
import { unitId } from '../references.ts'
import { answer, everyPage, openSession, show, type Session, type Surroundings } from '../session.ts'

const COLUMNS: readonly Column<EvidenceSummary>[] = [
  ['ID', (one) => one.id],
  ['KIND', (one) => one.kind],
  ['SUBJECT', (one) => one.subject],
  ['OUTCOME', (one) => one.outcome],
  ['PASSED', ({ tally }) => `${tally.pass}/${Object.values(tally).reduce((all, count) => all + count, 0)}`],
  ['MEASURED', (one) => one.measuredAt],
]

/** Signed records of what was measured. */
export const evidenceCommands = (around: Surroundings): Command[] => {
  const group = new Command('evidence').description('Signed records of what was measured')
  for (const make of [list, get, verify]) group.addCommand(make(around))
  return [group]
}

/** `units attest`: asks for a measurement. */
export const attest = (around: Surroundings) =>
  withAsking(
    new Command('attest')
      .description('Measure the isolation of a unit: every check with its controls')
      .argument('<unit>'),
  ).action(async (unit: string, options: Asking, command: Command) => {
    const session = await openSession(command, around)
    const path = { unit: await unitId(session, unit) }
    const reply = attestUnit({ client: session.client, path, headers: askingHeaders(options) })
    await accepted(
      session,
      await answer(session, reply),
      options,
      `${unit} is attested: steward evidence list --unit ${unit}`,
    )
  })

type ListQuery = NonNullable<ListEvidenceData['query']>
type Filters = { unit?: string; kind?: string; outcome?: string; limit: number }

const list = (around: Surroundings) =>
  withLimit(new Command('list').description('Records, newest first'), 50)
    .option('--unit <unit>', 'of one unit, by name or id')
    .option('--kind <kind>', 'what was measured: isolation, contract or decommission')
    .option('--outcome <outcome>', 'pass, fail, inconclusive, not-enforced or not-checked')
    .action(async ({ limit, ...filters }: Filters, command: Command) => {
      const session = await openSession(command, around)
      const { client } = session
      const query = given(filters) as ListQuery // the plane checks words
      const found = await everyPage(session, limit, (page) => listEvidence({ client, query: { ...query, ...page } }))
      show(session, found, (items) => renderTable(COLUMNS, items))
    })

/** What a record holds; anything else shows as no checks. */
type Checks = {
  checks?: {
    id: string
    title: string
    outcome: string
    observations: { what: string; seen: unknown }[]
  }[]
}
const checksOf = ({ record }: Evidence) => (JSON.parse(record) as Checks).checks ?? []

const get = (around: Surroundings) =>
  new Command('get')
    .description('One record with every check')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const found = await answer(session, getEvidence({ client: session.client, path: { id } }))
      show(session, found, (one) =>
        [
          renderFields([
            ...COLUMNS.map(([heading, value]) => [heading.toLowerCase(), value(one)] as const),
            ['operation', one.operationId],
            ['signed with', one.keyId],
          ]),
          renderTable(
            [
              ['CHECK', (check) => check.id],
              ['OUTCOME', (check) => check.outcome],
              ['WHAT', (check) => check.title],
              ['SEEN', (check) => `${check.observations.length} observations`],
            ],
            checksOf(one),
          ),
        ].join('\n\n'),
      )
    })

/** Verifies here, with the public keys, what the plane also says; fails when either does not hold. */
const verify = (around: Surroundings) =>
  new Command('verify')
    .description(
      'Check the signature of a record with the public keys, and that its judgement follows from what was seen',
    )
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const session = await openSession(command, around)
      const found = await answer(session, getEvidence({ client: session.client, path: { id } }))
      const signature = await isSigned(session, found)
      const { judgement } = found.verified
      show(session, { id, signature, judgement }, () =>
        renderFields([
          ['signature', signature ? `made with key ${found.keyId}` : 'NOT that of a key of this installation'],
          ['judgement', judgement ? 'follows from what was seen' : 'does NOT follow from what was seen'],
        ]),
      )
      if (signature && judgement) return
      throw new Failure(EXIT.other, 'evidence.invalid', 'this record does not hold')
    })

async function isSigned(session: Session, { record, keyId, signature }: Evidence): Promise<boolean> {
  const { items } = await answer(session, listSigningKeys({ client: session.client }))
  const key = items.find(({ id, purpose }) => id === keyId && purpose === 'evidence')
  return key !== undefined && isSignedBy(key.publicKey, Buffer.from(record), signature)
}
