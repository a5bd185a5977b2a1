import { createHash, createPublicKey, verify } from 'node:crypto'

/** A public key as it travels: raw Ed25519 bytes in base64url, the `x` of a JSON Web Key (RFC 8037). */
export type PublicKey = {
  /** `keyIdOf` the key itself. */
  id: string
  purpose: string
  publicKey: string
  /** Null: the first key of its purpose, or one made after the key before could no longer be opened. */
  endorsedBy: string | null
  endorsement: string | null
  createdAt: string
  retiredAt: string | null
}
/** Signature in base64url over exactly the bytes that were signed. */
export type Signature = { keyId: string; signature: string }

/** The id says which key it is: the first 128 bits of the SHA-256 of the raw public key, in hex. */
export const keyIdOf = (publicKey: string): string =>
  createHash('sha256').update(Buffer.from(publicKey, 'base64url')).digest('hex').slice(0, 32)

/** Whether `signature` (base64url) over `bytes` is by that public key (base64url). Malformed keys and signatures are by nobody. */
export function isSignedBy(publicKey: string, bytes: Uint8Array, signature: string): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
    return verify(null, bytes, key, Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}

/** What a key signs to pass trust on to the one after it. */
export const endorsementOf = ({ purpose, publicKey }: Pick<PublicKey, 'purpose' | 'publicKey'>): Buffer =>
  Buffer.from(`steward signing key\n${purpose}\n${publicKey}\n`)

/**
 * Of the keys given, those that can be trusted by whoever trusts the ids in `anchors`: these and what they endorse, however long
 * the line. A key whose id is not its own, or of another purpose than the one before, is never among them.
 */
export function trustedKeys(keys: readonly PublicKey[], anchors: readonly string[]): ReadonlyMap<string, PublicKey> {
  const honest = keys.filter(({ id, publicKey }) => keyIdOf(publicKey) === id)
  const trusted = new Map(honest.filter(({ id }) => anchors.includes(id)).map((key) => [key.id, key]))
  for (let before = -1; before !== trusted.size;) {
    before = trusted.size
    for (const key of honest) {
      const by = key.endorsedBy === null ? undefined : trusted.get(key.endorsedBy)
      if (by === undefined || by.purpose !== key.purpose) continue
      if (isSignedBy(by.publicKey, endorsementOf(key), key.endorsement ?? '')) trusted.set(key.id, key)
    }
  }
  return trusted
}
