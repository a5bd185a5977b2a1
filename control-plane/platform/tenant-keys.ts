import { readFile } from 'node:fs/promises'
import type { StackTarget } from '../domain/region-settings.ts'
import { defineProblems } from '../domain/problem.ts'

const problems = defineProblems({
  'tenant-key.unreachable': {
    status: 503,
    retryable: true,
    title: 'What holds the tenant’s own key does not answer',
  },
  'tenant-key.refused': {
    status: 409,
    retryable: false,
    title: 'The tenant’s own key does not open this, or is there no more',
  },
})

/** A tenant's own key: its name at what the stacks of a region are built of, and the file with a token that uses keys and does nothing else. */
export type TenantKeyAt = Pick<StackTarget, 'url'> & { keyTokenFile: string; name: string }
/** Whose data a data key is for; it opens with exactly the same one. */
export type KeyContext = Readonly<Record<string, string>>
/** `generation`: the one of the key that wrapped it. */
export type Wrapping = { wrapped: string; generation: number }
export type WrappedKey = Wrapping & { plaintext: Buffer }

/** Data keys wrapped by keys of tenants, which never leave where they are. All throw `tenant-key.*`. */
export type TenantKeys = {
  /** A new data key, to seal with and forget, and the same wrapped, to keep. */
  make: (at: TenantKeyAt, context: KeyContext) => Promise<WrappedKey>
  unwrap: (at: TenantKeyAt, wrapped: string, context: KeyContext) => Promise<Buffer>
  /** The same data key wrapped by the key's newest generation; it does not leave where the key is. */
  rewrap: (at: TenantKeyAt, wrapped: string, context: KeyContext) => Promise<Wrapping>
}

/** Where a key of that name is asked for; undefined where the region's stacks have none that can be used from here. */
export const tenantKeyAt = (target: StackTarget | null | undefined, name: string): TenantKeyAt | undefined =>
  target?.keyTokenFile ? { url: target.url, keyTokenFile: target.keyTokenFile, name } : undefined

const DATA_KEY_BYTES = 32
const ANSWER_MS = 10_000

/** Keys of the local target, over its loopback API. */
export const tenantKeys: TenantKeys = {
  async make(at, context) {
    const answer = await ask(at, 'data-key', { context })
    return { plaintext: keyIn(at, answer['plaintext']), ...wrappingIn(at, answer) }
  },
  rewrap: async (at, wrapped, context) => wrappingIn(at, await ask(at, 'rewrap', { wrapped, context })),
  unwrap: async (at, wrapped, context) => keyIn(at, (await ask(at, 'unwrap', { wrapped, context }))['plaintext']),
}

const refused = ({ name }: TenantKeyAt, why: string) =>
  problems['tenant-key.refused']({ detail: `key ${name}: ${why}` })
const unreachable = ({ name }: TenantKeyAt, why: string, cause?: unknown) =>
  problems['tenant-key.unreachable']({ detail: `key ${name}: ${why}`, cause })

async function ask(
  at: TenantKeyAt,
  what: 'data-key' | 'unwrap' | 'rewrap',
  body: object,
): Promise<Record<string, unknown>> {
  const token = await readFile(at.keyTokenFile, 'utf8').catch((cause: unknown) => {
    throw unreachable(at, `its token cannot be read from ${at.keyTokenFile}`, cause)
  })
  const response = await fetch(new URL(`/resources/key/${encodeURIComponent(at.name)}/${what}`, at.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token.trim()}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((cause: unknown) => {
    throw unreachable(at, 'nothing answers', cause)
  })
  const answer = ((await response.json().catch(() => null)) ?? {}) as Record<string, unknown> // members are looked at where they are used
  if (response.ok) return answer
  if (response.status === 401 || response.status >= 500) throw unreachable(at, `HTTP ${response.status}`)
  throw refused(at, typeof answer['detail'] === 'string' ? answer['detail'] : `HTTP ${response.status}`)
}

function keyIn(at: TenantKeyAt, text: unknown): Buffer {
  const key = Buffer.from(typeof text === 'string' ? text : '', 'base64url')
  if (key.length !== DATA_KEY_BYTES) throw refused(at, 'its answer holds no key')
  return key
}

function wrappingIn(at: TenantKeyAt, { wrapped, generation }: Record<string, unknown>): Wrapping {
  if (typeof wrapped !== 'string' || typeof generation !== 'number')
    throw refused(at, 'its answer holds no wrapped key')
  return { wrapped, generation }
}
