import { createHash, randomBytes } from 'node:crypto'

const FORM = /^stw_[A-Za-z0-9_-]{43}$/

/** A new operator token: `stw_` and 256 random bits. It is shown once; what is stored is `tokenHash`. */
export const newToken = (): string => `stw_${randomBytes(32).toString('base64url')}`

export const isTokenShaped = (token: string): boolean => FORM.test(token)

/** A fast hash is enough: 256 random bits cannot be guessed. Looked up by a unique index, so time tells nothing about the token. */
export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest()
