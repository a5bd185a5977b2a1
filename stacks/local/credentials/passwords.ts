import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

/** 256 random bits as text that needs no quoting in URLs, SQL or shells. */
export const randomSecret = (): string => randomBytes(32).toString('base64url')

const ITERATIONS = 4096 // what PostgreSQL itself uses; the secrets are random, so stretching adds nothing

/**
 * The verifier PostgreSQL stores for a password (RFC 5803). Sending it instead of the password keeps the password out of
 * statement logs and of the server's memory.
 */
export async function scramVerifier(password: string, salt: Buffer = randomBytes(16)): Promise<string> {
  const salted = await promisify(pbkdf2)(password, salt, ITERATIONS, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64')
  const serverKey = hmac('Server Key').toString('base64')
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}
