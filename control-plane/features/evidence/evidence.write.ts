import type { CheckOutcome, CheckResult } from '../../domain/attestation.ts'
import type { Clock } from '../../platform/clock.ts'
import { reportCondition, type Report } from '../../platform/conditions.ts'
import type { Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import type { Signing } from '../../platform/signing.ts'
import { isolationRecord, recordText, type IsolationRecord } from './evidence.record.ts'
import { evidenceStore } from './evidence.store.ts'

export type Attested = {
  operationId: string
  unit: IsolationRecord['unit']
  checks: readonly CheckResult[]
}
/** Records an attestation, signed, and what it says of the unit, once per operation. */
export type RecordIsolation = (tx: Tx, attested: Attested) => Promise<void>

export const recordIsolation =
  ({ signing, clock }: { signing: Pick<Signing, 'sign'>; clock: Clock }): RecordIsolation =>
  async (tx, { operationId, unit: { id, kind, name, region, product, version }, checks }) => {
    if ((await evidenceStore.ofOperation(tx, operationId)) !== undefined) return
    const { generation, tenantId } = await evidenceStore.unit(tx, id)
    const measuredAt = clock.now().toISOString()
    const unit = { id, kind, name, region, product, version }
    const record = isolationRecord({ unit, tenantId, operationId, measuredAt, checks })
    const text = recordText(record)
    const signed = await signing.sign(tx, 'evidence', Buffer.from(text))
    await evidenceStore.insert(tx, {
      id: newId(),
      kind: record.kind,
      subject: record.subject,
      unitId: id,
      tenantId,
      operationId,
      outcome: record.outcome,
      record: text,
      ...signed,
      measuredAt,
    })
    await reportCondition(tx, {
      subject: `unit:${id}`,
      tenantId: null,
      type: 'Isolated',
      ...said(record.outcome, checks),
      observedGeneration: generation,
    })
  }

const SAID: Readonly<Record<CheckOutcome, Pick<Report, 'status' | 'reason'> & { words: string }>> = {
  pass: { status: 'true', reason: 'Attested', words: 'Every check passed with its controls' },
  fail: { status: 'false', reason: 'ChecksFailed', words: 'Something that must be refused was not' },
  inconclusive: { status: 'unknown', reason: 'Inconclusive', words: 'Not every check could be made' },
  'not-enforced': { status: 'unknown', reason: 'NotEnforced', words: 'This cluster cannot enforce everything' },
}

/** Nothing but a pass is called isolated, and nothing but a failure is called open; the checks in question are named. */
function said(outcome: CheckOutcome, checks: readonly CheckResult[]): Pick<Report, 'status' | 'reason' | 'message'> {
  const { words, ...seen } = SAID[outcome]
  const which = checks.filter((check) => check.outcome === outcome).map(({ id, title }) => `${id} (${title})`)
  const passed = checks.filter((check) => check.outcome === 'pass').length
  const named = outcome === 'pass' ? '' : `: ${which.join(', ')}`
  return { ...seen, message: `${words}${named}; ${passed} of ${checks.length} passed` }
}
