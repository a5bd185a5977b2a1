import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Database, Tx } from '../../platform/database.ts'
import type { Signing, SigningPurpose } from '../../platform/signing.ts'
import type { SigningKey } from './keys.schema.ts'

type Deps = { database: Pick<Database, 'transaction'>; signing: Pick<Signing, 'keys' | 'rotate'>; audit: AuditAppend }
export type KeysService = ReturnType<typeof keysService>

/** The keys with which the plane signs what it recorded and measured. */
export const keysService = ({ database, signing, audit }: Deps) => {
  const keys = async (tx: Tx) => (await signing.keys(tx)) as SigningKey[] // a purpose in the table is one of ours: only `signing` writes it
  return {
    list: (): Promise<{ items: SigningKey[] }> => database.transaction(async (tx) => ({ items: await keys(tx) })),
    /** Makes a new current key. `actor` null: whoever holds the owner's login. */
    rotate: (actor: Actor | null, purpose: SigningPurpose): Promise<SigningKey> =>
      database.transaction(async (tx) => {
        const { keyId, retired, endorsed } = await signing.rotate(tx, purpose)
        await audit(tx, {
          stream: 'installation',
          actor,
          action: 'signing-key.rotate',
          subject: `signing-key:${keyId}`,
          outcome: 'succeeded',
          detail: { purpose, retired, endorsed },
        })
        const made = (await keys(tx)).find(({ id }) => id === keyId)
        if (made === undefined) throw new Error(`signing key ${keyId} is gone`)
        return made
      }),
  }
}
