import { Type } from 'typebox'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'
import { problems } from './audit.errors.ts'
import type { Erased, Erasure } from './audit.schema.ts'

/** No login may delete in the record; this function of the owner's deletes plain values and nothing else. */
const erase = query({
  name: 'audit.erase',
  row: Type.Object({ eventId: Uuid, field: Type.String() }),
  sample: [null, null, null] as [about: string | null, tenant: string | null, value: string | null],
  sql: (about, tenant, value) =>
    sql`select event_id as "eventId", field from audit_erase(${about}::text, ${tenant}::uuid, ${value}::text)`,
})

type Deps = { database: Pick<Database, 'transaction'>; audit: AuditAppend }

/**
 * Erases personal values beside the record; the commitments inside it stay, so that everything still verifies. The event about it
 * says how many and why, not whose. Throws `audit.nobody-named`.
 */
export const eraseAudit =
  ({ database, audit }: Deps) =>
  (actor: Actor, wanted: Erasure): Promise<Erased> => {
    const { operator, value, reason } = wanted
    const tenant = wanted.tenant?.toLowerCase() // ids are recorded in lower case
    if ([operator, tenant, value].filter((one) => one !== undefined).length !== 1) {
      const message = 'name exactly one of operator, tenant and value'
      throw problems['audit.nobody-named']({ detail: message, fields: [{ pointer: '', rule: 'oneOf', message }] })
    }
    return database.transaction(async (tx: Tx) => {
      const about = operator === undefined ? null : `operator:${operator.toLowerCase()}`
      const rows = await tx.all(erase, about, tenant ?? null, value ?? null)
      const erased = { events: new Set(rows.map(({ eventId }) => eventId)).size, values: rows.length }
      const fields = [...new Set(rows.map(({ field }) => field))].toSorted()
      await audit(tx, {
        stream: tenant === undefined ? 'installation' : `tenant:${tenant}`,
        tenantId: tenant ?? null,
        actor,
        action: 'audit.erase',
        subject: about ?? (tenant === undefined ? 'installation' : `tenant:${tenant}`),
        outcome: 'succeeded',
        requestId: actor.requestId,
        detail: { ...erased, fields, reason },
      })
      return erased
    })
  }
