import type { AuditEntry } from '../../platform/audit.ts'
import { canonicalJson } from '../../platform/json.ts'

/** The place of an event in its stream. */
export type Place = { id: string; sequence: number; at: string }

/** The text that is hashed: everything about the event, personal data only as commitments. */
export function canonicalEvent(entry: AuditEntry, place: Place, commitments: Readonly<Record<string, string>>): string {
  const { stream, tenantId = null, actor, action, subject, outcome, requestId, operationId = null, detail } = entry
  return canonicalJson({
    ...place,
    stream,
    tenantId,
    actor: actor === null ? null : { id: actor.operatorId, token: actor.tokenId },
    action,
    subject,
    outcome,
    requestId: requestId ?? actor?.requestId ?? null,
    operationId,
    detail,
    personal: commitments,
  })
}
