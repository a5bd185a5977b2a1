import type { Client } from 'pg'
import type { MemberName } from './members.ts'
import { slotOf } from './settings.ts'

/** The slot that makes the primary keep what this member has not received; asked for at the primary, and from then on kept. */
export async function ensureSlot(client: Client, member: MemberName): Promise<void> {
  const slot = slotOf(member)
  const { rowCount } = await client.query('select 1 from pg_replication_slots where slot_name = $1', [slot])
  if (rowCount === 0) await client.query('select pg_create_physical_replication_slot($1, true)', [slot])
}
