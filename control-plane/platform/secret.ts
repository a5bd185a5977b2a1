import { createHash, randomBytes } from 'node:crypto'

/** What a secret opens, by how it begins: readable in a leak report, and refused everywhere but in its place. */
const PREFIXES = { token: 'stw', session: 'sts', signIn: 'sti', link: 'stl' } as const
export type SecretKind = keyof typeof PREFIXES

const FORM = /^(st[wsil])_[A-Za-z0-9_-]{43}$/
/** The same anywhere inside a text. */
export const SECRET_INSIDE = /st[wsil]_[A-Za-z0-9_-]{20,}/
/** What may stand in no URL; a link is one by nature, opens one page and ends. */
export const CREDENTIAL_INSIDE = /st[wsi]_[A-Za-z0-9_-]{20,}/

/** A new secret: what it opens and 256 random bits. It is shown once; what is stored is `secretHash`. */
export const newSecret = (kind: SecretKind): string => `${PREFIXES[kind]}_${randomBytes(32).toString('base64url')}`

/** What a secret would open; undefined for what is none of ours. */
export function secretKind(text: string): SecretKind | undefined {
  const prefix = FORM.exec(text)?.[1]
  return (Object.keys(PREFIXES) as SecretKind[]).find((kind) => PREFIXES[kind] === prefix)
}

/** A fast hash is enough: 256 random bits cannot be guessed. Looked up by a unique index, so time tells nothing about the secret. */
export const secretHash = (secret: string): Buffer => createHash('sha256').update(secret).digest()
