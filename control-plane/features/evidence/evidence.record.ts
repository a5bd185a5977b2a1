import { OUTCOMES, type CheckOutcome, type CheckResult, judge, tally, type Verdict } from '../../domain/attestation.ts'
import { canonicalJson } from '../../platform/json.ts'

/** What is signed about the isolation of a unit: everything that was seen, and the judgement that follows from it. */
export type IsolationRecord = {
  version: 1
  kind: 'isolation'
  subject: string
  unit: { id: string; kind: string; name: string; region: string; product: string; version: string }
  tenantId: string | null
  operationId: string
  measuredAt: string
  outcome: CheckOutcome
  tally: Verdict
  checks: readonly CheckResult[]
}

const WORST_FIRST: readonly CheckOutcome[] = ['fail', 'inconclusive', 'not-enforced', 'pass']
/** The outcome of all checks together is that of the worst; no checks prove nothing. */
export const overall = (checks: readonly Pick<CheckResult, 'outcome'>[]): CheckOutcome =>
  checks.length === 0
    ? 'inconclusive'
    : (WORST_FIRST.find((outcome) => checks.some((check) => check.outcome === outcome)) ?? 'inconclusive')

type Measured = Omit<IsolationRecord, 'version' | 'kind' | 'subject' | 'outcome' | 'tally'>
export const isolationRecord = (measured: Measured): IsolationRecord => ({
  version: 1,
  kind: 'isolation',
  subject: `unit:${measured.unit.id}`,
  outcome: overall(measured.checks),
  tally: tally(measured.checks),
  ...measured,
})

/** The text that is stored, hashed and signed. */
export const recordText = (record: IsolationRecord): string => canonicalJson(record)

/** Whether the judgement in a record follows from what it says was seen; false for anything that is no such record. */
export function followsFromWhatWasSeen(text: string): boolean {
  try {
    const record = JSON.parse(text) as IsolationRecord // anything else fails below
    const judged = record.checks.map((check) => ({ ...check, outcome: judge(check.observations) }))
    const again = isolationRecord({ ...record, checks: judged })
    return OUTCOMES.includes(record.outcome) && canonicalJson({ ...record, ...again }) === text
  } catch {
    return false
  }
}
