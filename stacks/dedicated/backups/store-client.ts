import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { TargetAccess } from '../provider/target-client.ts'
import { backupStoreProblems } from './backup-store.errors.ts'

export type StoreAt = TargetAccess & { store: string }
export type StoredObject = { bytes: number; sha256: string }

const ANSWER_MS = 10_000

/** The store of a stack, over the API of what stacks are built of. Fails with `backup.*`. */
export function createStoreClient(at: StoreAt) {
  const soon = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
  return {
    /** Throws where there is no such store. */
    assertThere: async (signal: AbortSignal): Promise<void> => void (await ask(at, '?limit=1', 'GET', soon(signal))),
    /** Keeps an object whole or not at all, in place of one of that key. Throws what `content` throws. */
    async put(key: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<StoredObject> {
      const sent = measured(content)
      const { status, body } = await send(at, key, sent.content, signal).catch((error: unknown) => {
        throw sent.fault() ?? error // a fault of what is sent is the sender's
      })
      if (status !== 201) throw refusal(at, body, status)
      const stored = body as StoredObject // the store's own contract
      const { bytes, sha256 } = sent.result()
      if (stored.sha256 === sha256 && stored.bytes === bytes) return { bytes, sha256 }
      throw backupStoreProblems['backup.object-damaged']({ detail: `${at.store}: ${key} is not what was sent` })
    },
    /** An object's bytes. Throws `backup.object-missing`, `backup.object-damaged`. */
    async *read(key: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
      const { body } = await ask(at, `/${key}`, 'GET', signal)
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
      void (await ask(at, `/${key}`, 'DELETE', soon(signal))),
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

async function tokenOf(at: StoreAt): Promise<string> {
  const token = await readFile(at.tokenFile, 'utf8').catch((cause: unknown) => {
    throw unreachable(at, `its token cannot be read from ${at.tokenFile}`, cause)
  })
  return token.trim()
}
const urlOf = ({ url, store }: StoreAt, rest: string): URL =>
  new URL(`/resources/backup-store/${encodeURIComponent(store)}/objects${rest}`, url)
/** Members are looked at where they are used. */
const asObject = (body: unknown): Record<string, unknown> => ({ ...(body as object | null) })

async function ask(at: StoreAt, rest: string, method: 'GET' | 'DELETE', signal: AbortSignal): Promise<Response> {
  const headers = { authorization: `Bearer ${await tokenOf(at)}` }
  const response = await fetch(urlOf(at, rest), { method, headers, signal }).catch((cause: unknown) => {
    signal.throwIfAborted()
    throw unreachable(at, 'nothing answers', cause)
  })
  if (response.ok) return response
  throw refusal(at, asObject(await response.json().catch(() => null)), response.status)
}

/**
 * Sends an object over a connection of its own, and takes an answer that comes before all of it is sent: `fetch` leaves such a connection
 * to the next request, which hangs on it, and the content unread and open. Here both end with the request.
 */
async function send(
  at: StoreAt,
  key: string,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { authorization: `Bearer ${await tokenOf(at)}`, 'content-type': 'application/octet-stream' }
  const request = httpRequest(urlOf(at, `/${key}`), { method: 'PUT', headers, agent: false, signal })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve)
    request.once('error', reject)
  })
  const sent = pipeline(content, request)
  sent.catch(() => undefined) // the answer says why, or that there is none
  try {
    const response = await answered
    const said = await text(response)
    return { status: response.statusCode ?? 0, body: asObject(JSON.parse(said)) }
  } catch (cause) {
    signal.throwIfAborted()
    throw unreachable(at, 'nothing answers', cause)
  } finally {
    request.destroy()
    await sent.catch(() => undefined)
  }
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
