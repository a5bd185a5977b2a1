import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { TargetAccess } from '../provider/target-client.ts'
import { backupStoreProblems } from './backup-store.errors.ts'

export type StoreAt = TargetAccess & { store: string }
export type StoredObject = { bytes: number; sha256: string }
type Asked = { method: 'GET' | 'PUT' | 'DELETE'; content?: AsyncIterable<Uint8Array> }

const ANSWER_MS = 10_000

/** The store of a stack, over the API of what stacks are built of. Fails with `backup.*`. */
export function createStoreClient(at: StoreAt) {
  const soon = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
  return {
    /** Throws where there is no such store. */
    assertThere: async (signal: AbortSignal): Promise<void> =>
      void (await ask(at, '?limit=1', { method: 'GET' }, soon(signal))),
    /** Keeps an object whole or not at all, in place of one of that key. Throws what `content` throws. */
    async put(key: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<StoredObject> {
      const sent = measured(content)
      const response = await ask(at, `/${key}`, { method: 'PUT', content: sent.content }, signal).catch(
        (error: unknown) => {
          throw sent.fault() ?? error // a fault of what is sent is the sender's
        },
      )
      const stored = (await response.json()) as StoredObject // the store's own contract
      const { bytes, sha256 } = sent.result()
      if (stored.sha256 === sha256 && stored.bytes === bytes) return { bytes, sha256 }
      throw backupStoreProblems['backup.object-damaged']({ detail: `${at.store}: ${key} is not what was sent` })
    },
    /** An object's bytes. Throws `backup.object-missing`, `backup.object-damaged`. */
    async *read(key: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
      const { body } = await ask(at, `/${key}`, { method: 'GET' }, signal)
      if (body === null) return
      try {
        for await (const piece of body) yield piece as Uint8Array // a body is bytes
      } catch (error) {
        signal.throwIfAborted()
        throw error instanceof TypeError ? unreachable(at, 'it broke off', error) : error // as `fetch` says it
      }
    },
    /** Deletes an object; one that is not there is deleted already. */
    remove: async (key: string, signal: AbortSignal): Promise<void> =>
      void (await ask(at, `/${key}`, { method: 'DELETE' }, soon(signal))),
  }
}

const unreachable = ({ store }: StoreAt, why: string, cause?: unknown) =>
  backupStoreProblems['backup.store-unreachable']({ detail: `${store}: ${why}`, cause })

/** What passes through, and how much that was and its SHA-256 when it has. */
function measured(source: AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256')
  let bytes = 0
  let fault: unknown
  async function* content() {
    try {
      for await (const piece of source) {
        hash.update(piece)
        bytes += piece.length
        yield piece
      }
    } catch (error) {
      fault = error
      throw error
    }
  }
  return { content: content(), fault: () => fault, result: () => ({ bytes, sha256: hash.digest('hex') }) }
}

async function ask(at: StoreAt, rest: string, { method, content }: Asked, signal: AbortSignal): Promise<Response> {
  const { url, tokenFile, store } = at
  const token = await readFile(tokenFile, 'utf8').catch((cause: unknown) => {
    throw unreachable(at, `its token cannot be read from ${tokenFile}`, cause)
  })
  const response = await fetch(new URL(`/resources/backup-store/${encodeURIComponent(store)}/objects${rest}`, url), {
    method,
    headers: {
      authorization: `Bearer ${token.trim()}`,
      ...(content && { 'content-type': 'application/octet-stream' }),
    },
    signal,
    ...(content && { body: content, duplex: 'half' as const }),
  }).catch((cause: unknown) => {
    signal.throwIfAborted()
    throw unreachable(at, 'nothing answers', cause)
  })
  if (response.ok) return response
  const body = ((await response.json().catch(() => null)) ?? {}) as Record<string, unknown> // looked at below
  throw refusal(at, body, response.status)
}

function refusal(at: StoreAt, body: Record<string, unknown>, status: number) {
  const detail = `${at.store}: ${typeof body['detail'] === 'string' ? body['detail'] : `HTTP ${status}`}`
  switch (body['code']) {
    case 'resource.unknown':
      return backupStoreProblems['backup.store-missing']({ detail })
    case 'object.unknown':
      return backupStoreProblems['backup.object-missing']({ detail })
    case 'object.damaged':
      return backupStoreProblems['backup.object-damaged']({ detail })
    case 'object.no-room':
      return backupStoreProblems['backup.store-full']({ detail })
    default:
      return unreachable(at, `HTTP ${status}`)
  }
}
