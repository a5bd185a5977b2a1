import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { endorsementOf, keyIdOf } from '../proof/signatures.ts'
import type { Clock } from './clock.ts'
import { seal, unseal } from './sealing.ts'
import type { NewKey } from './signing-store.ts'

export type SealedKey = { id: string; publicKey: Buffer; sealedPrivate: Buffer | null }
export interface Keyring {
  /** The private key; undefined when it was sealed with another sealing key. */
  open: (purpose: string, sealed: SealedKey) => KeyObject | undefined
  /** A fresh key, sealed, endorsed by `endorser` if there is one. */
  make: (purpose: string, endorser?: { id: string; key: KeyObject }) => NewKey
}

const contextOf = (purpose: string, id: string) => `signing-key\n${purpose}\n${id}`

/** Makes Ed25519 keys and opens sealed ones, each once: a key never changes. */
export function createKeyring(sealing: Uint8Array, clock: Clock): Keyring {
  const opened = new Map<string, KeyObject>()
  return {
    open(purpose, { id, publicKey, sealedPrivate }) {
      const known = opened.get(id)
      if (known !== undefined || sealedPrivate === null) return known
      const seed = unseal(sealing, contextOf(purpose, id), sealedPrivate)
      if (seed === undefined) return undefined
      const [x, d] = [publicKey.toString('base64url'), seed.toString('base64url')]
      const fresh = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d }, format: 'jwk' })
      opened.set(id, fresh)
      return fresh
    },
    make(purpose, endorser) {
      const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
      const id = keyIdOf(x)
      return {
        id,
        purpose,
        publicKey: Buffer.from(x, 'base64url'),
        sealedPrivate: seal(sealing, contextOf(purpose, id), Buffer.from(d, 'base64url')),
        endorsedBy: endorser?.id ?? null,
        endorsement: endorser ? sign(null, endorsementOf({ purpose, publicKey: x }), endorser.key) : null,
        createdAt: clock.now().toISOString(),
      }
    },
  }
}
