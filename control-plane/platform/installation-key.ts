import { randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import type { Tx } from './database.ts'
import { query } from './query.ts'
import { sql } from './sql.ts'

const offer = query({
  name: 'installation-keys.offer',
  row: Type.Object({}),
  sample: ['cursors', Buffer.alloc(32)] as [name: string, key: Buffer],
  sql: (name, key) =>
    sql`insert into installation_keys (name, key) values (${name}, ${key}) on conflict (name) do nothing`,
})
const read = query({
  name: 'installation-keys.read',
  row: Type.Object({ key: Type.Unsafe<Buffer>({ 'x-postgres': 'bytea' }) }),
  sample: ['cursors'] as [name: string],
  sql: (name) => sql`select key from installation_keys where name = ${name}`,
})

/** A 256-bit key that all API processes of this installation share; the first to ask makes it. */
export async function installationKey(tx: Tx, name: 'cursors' | 'refusals' | 'quotes'): Promise<Buffer> {
  await tx.run(offer, name, randomBytes(32))
  return (await tx.one(read, name)).key
}
