import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import type { Proof } from './sign-in.provider.ts'

/**
 * State, nonce and verifier follow from the secret that only the browser holds: the plane keeps its hash alone, and an answer
 * without the secret is nobody's.
 */
export function proofOf(secret: string): Proof {
  const derive = (what: string) => createHmac('sha256', secret).update(what).digest('base64url')
  return { state: derive('state'), nonce: derive('nonce'), verifier: derive('verifier') }
}

/** What the plane keeps for a command line that waits, readable with its secret only (AES-256-GCM, a key of its own each). */
export type Waiting = { deviceCode: string; intervalSeconds: number }

const keyOf = (secret: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', 'steward sign-in', 32))

export function seal(secret: string, waiting: Waiting): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret), nonce)
  const body = Buffer.concat([cipher.update(JSON.stringify(waiting)), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), body])
}

/** Throws when it was sealed with another secret, or changed. */
export function unseal(secret: string, sealed: Buffer): Waiting {
  const decipher = createDecipheriv('aes-256-gcm', keyOf(secret), sealed.subarray(0, 12))
  decipher.setAuthTag(sealed.subarray(12, 28))
  const text = Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString()
  return JSON.parse(text) as Waiting // sealed by us
}
