import { createHash } from 'node:crypto'
import type { AuditEntry } from '../../platform/audit.ts'
import { canonicalJson } from '../../platform/json.ts'

/** What stands before the first event of a stream. */
export const GENESIS = Buffer.alloc(32)

/** The place of an event in its stream. */
export type Place = { id: string; sequence: number; at: string }

/** `hash = sha256(previous || canonical)`: changing an event changes every hash after it. */
export const chainHash = (previous: Uint8Array, canonical: string): Buffer =>
  createHash('sha256').update(previous).update(canonical).digest()

/** Binds to a personal value without holding it; the salt keeps short values from being guessed once the row is erased. */
export const commitment = (salt: Uint8Array, plain: string): string =>
  createHash('sha256').update(salt).update(plain).digest('hex')

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
