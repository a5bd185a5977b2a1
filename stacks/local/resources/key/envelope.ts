import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { resourceProblems } from '../resource.errors.ts'
import { KEY_BYTES, openKey, readKey } from './key-files.ts'

/** Whose data a data key is for, for example `{ tenant, purpose }`; it opens with exactly the same one. */
export type KeyContext = Readonly<Record<string, string>>
export type DataKey = { generation: number; plaintext: Buffer; wrapped: string }

const FORMAT = 'stwk1'
const NONCE = 12
const TAG = 16
/** `stwk1.<key>.<generation>.<nonce, ciphertext, tag>`: names what opens it, in letters that need no quoting. */
const WRAPPED = /^stwk1\.(?<id>[0-9a-f]{32})\.(?<generation>[1-9][0-9]{0,8})\.(?<body>[A-Za-z0-9_-]{80})$/

/** What a wrapping is bound to: the key, its generation, and the context in one spelling whatever the order of its names. */
function boundTo(head: string, context: KeyContext): Buffer {
  const sorted = Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Buffer.from(JSON.stringify([head, sorted]))
}

const headOf = (id: string, generation: number): string => `${FORMAT}.${id}.${generation}`

/**
 * A new data key for a context: 256 bits to seal with and forget, and the same wrapped (AES-256-GCM) by the key's newest
 * generation, to keep beside what it sealed.
 */
export const makeDataKey = (folder: string, generation: number, context: KeyContext): Promise<DataKey> =>
  wrapDataKey(folder, generation, context, randomBytes(KEY_BYTES))

async function wrapDataKey(
  folder: string,
  generation: number,
  context: KeyContext,
  plaintext: Buffer,
): Promise<DataKey> {
  const { id } = await openKey(folder)
  const head = headOf(id, generation)
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', await readKey(folder, generation), nonce, { authTagLength: TAG })
  cipher.setAAD(boundTo(head, context))
  const body = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  return { generation, plaintext, wrapped: `${head}.${body.toString('base64url')}` }
}

/**
 * The data key inside a wrapping, by whatever generation it was wrapped. Throws `key.refused` when it is no wrapping of this key,
 * was changed, or was made for another context (which of these is not told), `key.missing` when its generation was lost.
 */
export async function unwrapDataKey(
  folder: string,
  wrapped: string,
  context: KeyContext,
): Promise<Omit<DataKey, 'wrapped'>> {
  const refused = () =>
    resourceProblems['key.refused']({ detail: 'it was wrapped by another key, for another context, or was changed' })
  const { id, generations } = await openKey(folder)
  const found = WRAPPED.exec(wrapped)?.groups
  const generation = Number(found?.['generation'])
  if (!found || found['id'] !== id || !generations.includes(generation)) throw refused()
  const body = Buffer.from(found['body'] ?? '', 'base64url')
  const key = await readKey(folder, generation)
  const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, NONCE), { authTagLength: TAG })
  decipher.setAAD(boundTo(headOf(id, generation), context)).setAuthTag(body.subarray(-TAG))
  try {
    const plaintext = Buffer.concat([decipher.update(body.subarray(NONCE, -TAG)), decipher.final()])
    return { generation, plaintext }
  } catch {
    throw refused()
  }
}

/** The data key inside a wrapping, wrapped anew by this generation for the same context. Throws what `unwrapDataKey` throws. */
export async function rewrapDataKey(
  folder: string,
  generation: number,
  wrapped: string,
  context: KeyContext,
): Promise<Omit<DataKey, 'plaintext'>> {
  const { plaintext } = await unwrapDataKey(folder, wrapped, context)
  const { plaintext: _secret, ...anew } = await wrapDataKey(folder, generation, context, plaintext)
  return anew
}
