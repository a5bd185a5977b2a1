import { sign as signBytes } from 'node:crypto'
import { isSignedBy, type PublicKey, type Signature } from '../proof/signatures.ts'
import type { Clock } from './clock.ts'
import type { Tx } from './database.ts'
import { createKeyring, type SealedKey } from './keyring.ts'
import { signingStore } from './signing-store.ts'

/** What keys are for: a signature made for one purpose proves nothing for another. */
export const SIGNING_PURPOSES = ['audit', 'evidence'] as const
export type SigningPurpose = (typeof SIGNING_PURPOSES)[number]

export interface Signing {
  /**
   * Signs exactly these bytes with the current key of the purpose; the first signature of a purpose makes its first key. Bytes that
   * name their key are made once it is known.
   */
  sign: (tx: Tx, purpose: SigningPurpose, bytes: Uint8Array | ((keyId: string) => Uint8Array)) => Promise<Signature>
  /** Whether a key of this purpose, current or retired, signed these bytes. */
  verify: (tx: Tx, purpose: SigningPurpose, bytes: Uint8Array, signature: Signature) => Promise<boolean>
  /** Replaces the current key. `endorsed`: the old one could still be opened and vouches for the new one. */
  rotate: (tx: Tx, purpose: SigningPurpose) => Promise<{ keyId: string; retired: string | null; endorsed: boolean }>
  /** Public keys in the order they were made, all purposes or one. */
  keys: (tx: Tx, purpose?: SigningPurpose) => Promise<PublicKey[]>
  /** Throws when the sealing key is not the one that the current keys were sealed with. */
  assertOpens: (tx: Tx) => Promise<void>
}

const cannotOpen = (purpose: string) =>
  new Error(
    `STEWARD_SEALING_KEY does not open the signing key for ${purpose}: give the key of this installation, or, if it is lost, make new signing keys with: node control-plane/admin.ts rotate-signing-keys`,
  )

/** Keys live in the database, private halves sealed with a key that does not: reading the database is not enough to sign. */
export function createSigning({ key, clock }: { key: Uint8Array; clock: Clock }): Signing {
  const ring = createKeyring(key, clock)
  async function current(tx: Tx, purpose: SigningPurpose): Promise<SealedKey> {
    const found = await signingStore.current(tx, purpose)
    if (found !== undefined) return found
    await signingStore.insert(tx, ring.make(purpose))
    const made = await signingStore.current(tx, purpose)
    if (made === undefined) throw new Error(`there is no signing key for ${purpose}`)
    return made
  }

  return {
    async sign(tx, purpose, bytes) {
      const found = await current(tx, purpose)
      const opener = ring.open(purpose, found)
      if (opener === undefined) throw cannotOpen(purpose)
      const signed = signBytes(null, typeof bytes === 'function' ? bytes(found.id) : bytes, opener)
      return { keyId: found.id, signature: signed.toString('base64url') }
    },
    async verify(tx, purpose, bytes, { keyId, signature }) {
      const found = (await signingStore.list(tx, purpose)).find(({ id }) => id === keyId)
      return found !== undefined && isSignedBy(found.publicKey.toString('base64url'), bytes, signature)
    },
    async rotate(tx, purpose) {
      for (;;) {
        const old = await signingStore.lockCurrent(tx, purpose)
        const opener = old && ring.open(purpose, old)
        const fresh = ring.make(purpose, old && opener && { id: old.id, key: opener })
        if (old !== undefined) await signingStore.retire(tx, old.id, fresh.createdAt)
        const inserted = await signingStore.insert(tx, fresh)
        // none: another rotation retired the key that was waited for, and its new one is now the one to replace
        if (inserted === 1) return { keyId: fresh.id, retired: old?.id ?? null, endorsed: fresh.endorsedBy !== null }
      }
    },
    async keys(tx, purpose) {
      const rows = await signingStore.list(tx, purpose ?? null)
      return rows.map(({ publicKey, endorsement, ...row }) => ({
        ...row,
        publicKey: publicKey.toString('base64url'),
        endorsement: endorsement?.toString('base64url') ?? null,
      }))
    },
    async assertOpens(tx) {
      for (const { purpose, ...sealed } of await signingStore.sealed(tx)) {
        if (ring.open(purpose, sealed) === undefined) throw cannotOpen(purpose)
      }
    },
  }
}
