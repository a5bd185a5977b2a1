import type { MoveView } from './moves.rows.ts'
import type { Move } from './moves.schema.ts'

/** The row as the API shows it; what was not measured is null. */
export function moveOf(row: MoveView): Move {
  const { report, source, target } = row
  return {
    id: row.id,
    tenantId: row.tenantId,
    tenant: row.slug,
    state: row.state,
    source: { unit: source, plan: row.before.plan },
    target: { unit: target, plan: row.wanted.plan },
    servedBy: row.placedIn === target.id ? target.name : source.name,
    notKept: row.notKept,
    soakMinutes: row.soakMinutes,
    begunAt: row.begunAt,
    switchedAt: row.switchedAt,
    soaksUntil: row.soaksUntil,
    endedAt: row.endedAt,
    report: {
      tables: report.tables ?? null,
      copyMs: report.copyMs ?? null,
      lagBytes: report.lagBytes ?? null,
      freezeMs: report.freezeMs ?? null,
      rowsCompared: report.rowsCompared ?? null,
      rowsVerified: report.rowsVerified ?? null,
      rowsErased: report.rowsErased ?? null,
    },
    steps: row.steps,
  }
}
