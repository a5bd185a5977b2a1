import {
  type ClauseOutcome,
  type ClauseResult,
  CLAUSE_OUTCOMES,
  judgeClause,
  overallClause,
  tallyClauses,
} from '../../domain/contract.ts'
import type { Clock } from '../../platform/clock.ts'
import { reportCondition, type Report } from '../../platform/conditions.ts'
import type { Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { canonicalJson } from '../../platform/json.ts'
import type { Signing } from '../../platform/signing.ts'
import { evidenceStore } from './evidence.store.ts'

/** What is signed about a unit and the contract of its product: everything that was seen, and the judgement that follows from it. */
export type ContractRecord = {
  version: 1
  kind: 'contract'
  /** Version of the contract that was looked at. */
  contract: string
  subject: string
  unit: { id: string; kind: string; name: string; region: string; product: string; version: string }
  tenantId: string | null
  operationId: string
  measuredAt: string
  outcome: ClauseOutcome
  tally: Record<ClauseOutcome, number>
  checks: readonly ClauseResult[]
}

type Measured = Omit<ContractRecord, 'version' | 'kind' | 'subject' | 'outcome' | 'tally'>
const contractRecord = (measured: Measured): ContractRecord => ({
  version: 1,
  kind: 'contract',
  subject: `unit:${measured.unit.id}`,
  outcome: overallClause(measured.checks),
  tally: tallyClauses(measured.checks),
  ...measured,
})

/** Whether the judgement in a record follows from what it says was seen; false for anything that is no such record. */
export function contractFollows(text: string): boolean {
  try {
    const record = JSON.parse(text) as ContractRecord // anything else fails below
    const checks = record.checks.map((check) => ({ ...check, outcome: judgeClause(check.observations) }))
    const again = { ...record, checks, outcome: overallClause(checks), tally: tallyClauses(checks) }
    return record.kind === 'contract' && CLAUSE_OUTCOMES.includes(record.outcome) && canonicalJson(again) === text
  } catch {
    return false
  }
}

export type Checked = {
  operationId: string
  unit: ContractRecord['unit'] & { contract: string }
  checks: readonly ClauseResult[]
}
/** Records a check of the contract, signed, and what it says of the unit, once per operation. */
export type RecordContract = (tx: Tx, checked: Checked) => Promise<void>

export const recordContract =
  ({ signing, clock }: { signing: Pick<Signing, 'sign'>; clock: Clock }): RecordContract =>
  async (tx, { operationId, unit: { id, kind, name, region, product, version, contract }, checks }) => {
    if ((await evidenceStore.ofOperation(tx, operationId)) !== undefined) return
    const { generation, tenantId } = await evidenceStore.unit(tx, id)
    const measuredAt = clock.now().toISOString()
    const unit = { id, kind, name, region, product, version }
    const record = contractRecord({ contract, unit, tenantId, operationId, measuredAt, checks })
    const text = canonicalJson(record)
    const signed = await signing.sign(tx, 'evidence', Buffer.from(text))
    const { subject, outcome } = record
    const about = { kind: record.kind, subject, unitId: id, tenantId, operationId, outcome, measuredAt }
    await evidenceStore.insert(tx, { id: newId(), ...about, record: text, ...signed })
    await reportCondition(tx, {
      subject: `unit:${id}`,
      tenantId: null,
      type: 'ContractKept',
      ...said(outcome, checks),
      observedGeneration: generation,
    })
  }

const SAID: Readonly<Record<ClauseOutcome, Pick<Report, 'status' | 'reason'> & { words: string }>> = {
  pass: { status: 'true', reason: 'Checked', words: 'Every clause was kept' },
  fail: { status: 'false', reason: 'ClausesBroken', words: 'Not kept' },
  'not-checked': { status: 'unknown', reason: 'NotAllChecked', words: 'Not checked here' },
}

/** The clauses in question are named. */
function said(outcome: ClauseOutcome, checks: readonly ClauseResult[]): Pick<Report, 'status' | 'reason' | 'message'> {
  const { words, ...seen } = SAID[outcome]
  const which = checks.filter((check) => check.outcome === outcome).map(({ id }) => id)
  const named = outcome === 'pass' ? '' : `: ${which.join(', ')}`
  return { ...seen, message: `${words}${named}; ${tallyClauses(checks).pass} of ${checks.length} clauses passed` }
}
