import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const NONCE = 12
const TAG = 16

/** The key of `STEWARD_SEALING_KEY`: 256 bits in base64url. */
export const sealingKey = (text: string): Buffer => Buffer.from(text, 'base64url')

/** Encrypts `plain` for keeping (AES-256-GCM): nonce, text, tag. It opens only with the same key and in the same `context`. */
export function seal(key: Uint8Array, context: string, plain: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG }).setAAD(Buffer.from(context))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** What was sealed; undefined when key or context are others, or a byte was changed. */
export function unseal(key: Uint8Array, context: string, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < NONCE + TAG) return undefined
  const [nonce, text, tag] = [sealed.subarray(0, NONCE), sealed.subarray(NONCE, -TAG), sealed.subarray(-TAG)]
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG }).setAAD(Buffer.from(context))
  try {
    decipher.setAuthTag(tag)
    return Buffer.concat([decipher.update(text), decipher.final()])
  } catch {
    return undefined
  }
}
