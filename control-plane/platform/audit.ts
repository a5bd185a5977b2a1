import type { Actor } from './auth.ts'
import type { Tx } from './database.ts'
import type { Json } from './json.ts'

/** One line of the record of who did what. It is written in the transaction of the act, or the act does not happen. */
export type AuditEntry = {
  stream: 'installation' | 'refusals' | `tenant:${string}`
  tenantId?: string | null
  /** Null: the plane itself. */
  actor: Pick<Actor, 'operatorId' | 'tokenId' | 'requestId'> | null
  /** `<noun>.<verb>`, for example `tenant.create`. */
  action: string
  /** `tenant:<id>`, `unit:<id>`, `region:<name>`, `operator:<id>`, … */
  subject: string
  outcome: 'succeeded' | 'failed' | 'refused'
  requestId?: string | null
  operationId?: string | null
  /** What was asked or changed; never a secret, and no personal data: that goes into `personal`. */
  detail: Json
  /** Personal data by field: the chain holds only salted commitments, the plain values stand beside and can be erased. */
  personal?: Readonly<Record<string, string>>
}

/** Appends to the stream's chain, whose head stays locked until the transaction ends: call it late. */
export type AuditAppend = (tx: Tx, entry: AuditEntry) => Promise<{ id: string; sequence: number }>
