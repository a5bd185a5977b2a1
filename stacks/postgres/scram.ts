import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'

/** PostgreSQL's own default (`scram_iterations`). */
const ITERATIONS = 4096
const FORM = /^SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/

/**
 * The verifier that PostgreSQL stores for a password (RFC 5803). Sent instead of the password, so that no statement, server
 * log or error ever holds it. Printable ASCII only: other text would need SASLprep.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16), iterations = ITERATIONS): string {
  if (!/^[\x21-\x7e]+$/.test(password)) throw new Error('a database password must be printable ASCII without spaces')
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const key = (name: string) => createHmac('sha256', salted).update(name).digest()
  const stored = createHash('sha256').update(key('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`
}

/** Whether a stored verifier is of this password. */
export function verifies(verifier: string | null, password: string): boolean {
  const [, iterations, salt] = FORM.exec(verifier ?? '') ?? []
  if (verifier === null || iterations === undefined || salt === undefined) return false
  const expected = Buffer.from(scramVerifier(password, Buffer.from(salt, 'base64'), Number(iterations)))
  const found = Buffer.from(verifier)
  return expected.length === found.length && timingSafeEqual(expected, found)
}
