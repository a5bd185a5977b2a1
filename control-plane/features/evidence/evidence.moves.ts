import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { canonicalJson } from '../../platform/json.ts'
import type { Signing } from '../../platform/signing.ts'
import { evidenceStore } from './evidence.store.ts'

type Place = { id: string; kind: string; name: string }
export type MovedRows = {
  operationId: string
  moveId: string
  tenantId: string
  from: Place
  to: Place
  /** Longest time a freeze may take, and what it took, milliseconds; null before there was one. */
  freezeLimitMs: number
  freezeMs: number | null
  rowsCompared: number | null
  rowsVerified: number
  tables: number
}
type MoveCheck = { id: string; title: string; outcome: 'pass' | 'fail' | 'inconclusive' }

/** What is signed about a move: the figures, and the judgement that follows from them. */
type MoveRecord = MovedRows & {
  version: 1
  kind: 'move'
  subject: string
  measuredAt: string
  outcome: MoveCheck['outcome']
  checks: readonly MoveCheck[]
}

/** A comparison that finds a row that differs ends its step: what is recorded here found none. */
function checksOf({ freezeMs, freezeLimitMs, rowsCompared }: MovedRows): MoveCheck[] {
  const bounded = freezeMs === null ? 'inconclusive' : freezeMs <= freezeLimitMs ? 'pass' : 'fail'
  return [
    { id: 'freeze.bounded', title: 'Writes were refused no longer than they may be', outcome: bounded },
    {
      id: 'changes.compared',
      title: 'What was written while rows were copied was compared before the switch',
      outcome: rowsCompared === null ? 'inconclusive' : 'pass',
    },
    { id: 'rows.same', title: 'Every row was the same on both sides', outcome: 'pass' },
  ]
}

function recordOf(moved: MovedRows, measuredAt: string): MoveRecord {
  const checks = checksOf(moved)
  const outcome =
    (['fail', 'inconclusive'] as const).find((worst) => checks.some((one) => one.outcome === worst)) ?? 'pass'
  return { version: 1, kind: 'move', subject: `tenant:${moved.tenantId}`, measuredAt, outcome, checks, ...moved }
}

/** Whether the judgement in a record follows from its figures; false for anything that is no such record. */
export function moveFollows(text: string): boolean {
  try {
    const record = JSON.parse(text) as MoveRecord // anything else fails below
    const {
      version: _version,
      kind,
      subject: _subject,
      measuredAt,
      outcome: _outcome,
      checks: _checks,
      ...moved
    } = record
    return kind === 'move' && canonicalJson(recordOf(moved, measuredAt)) === text
  } catch {
    return false
  }
}

/** Records what was measured of a move, signed, once per operation. */
export type RecordMove = (tx: Tx, moved: MovedRows) => Promise<void>

export const recordMove =
  ({ signing, clock }: { signing: Pick<Signing, 'sign'>; clock: Clock }): RecordMove =>
  async (tx, moved) => {
    const { operationId, tenantId, to } = moved
    if ((await evidenceStore.ofOperation(tx, operationId)) !== undefined) return
    const measuredAt = clock.now().toISOString()
    const { kind, subject, outcome, ...record } = recordOf(moved, measuredAt)
    const text = canonicalJson({ kind, subject, outcome, ...record })
    const signed = await signing.sign(tx, 'evidence', Buffer.from(text))
    const about = { kind, subject, unitId: to.id, tenantId, operationId, outcome, measuredAt }
    await evidenceStore.insert(tx, { id: newId(), ...about, record: text, ...signed })
  }
