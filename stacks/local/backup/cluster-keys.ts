import { createReadStream, createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import https from 'node:https'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { text } from 'node:stream/consumers'
import type { CredentialPaths } from '../credentials/paths.ts'
import type { Ports } from '../ports.ts'

/** Everything Kubernetes keeps lies below this; the end is the first key after it. */
const [BEGIN, END] = ['/registry/', '/registry0']
/** What lives shorter than a restore takes, or names a server that is gone. */
const PASSING = /^\/registry\/(events|masterleases)\//
const PAGE = 200
/** etcd takes 128 operations and 1.5 MB at once. */
const BATCH = { keys: 100, bytes: 1_000_000 }

type Entry = { key: string; value: string }
type Range = { header: { revision: string }; kvs?: (Entry & { lease?: string })[]; more?: boolean }
export type EtcdAccess = { ports: Pick<Ports, 'etcd'>; credentials: CredentialPaths }

const base64 = (value: string): string => Buffer.from(value).toString('base64')

/** etcd's JSON gateway, with the API server's own credential. */
async function connectEtcd({ ports, credentials }: EtcdAccess) {
  const [ca, cert, key] = await Promise.all(
    [credentials.certificate('etcd-ca'), credentials.certificate('etcd-client'), credentials.key('etcd-client')].map(
      (path) => readFile(path),
    ),
  )
  const agent = new https.Agent({ keepAlive: true, ...(ca && cert && key ? { ca, cert, key } : {}) })
  const call = (path: string, body: object, signal?: AbortSignal) =>
    new Promise<unknown>((resolve, reject) => {
      const options = { method: 'POST', agent, timeout: 30_000, ...(signal ? { signal } : {}) }
      const request = https.request(`https://127.0.0.1:${ports.etcd}/v3/kv/${path}`, options, (response) => {
        text(response).then((answer) => {
          if (response.statusCode === 200) resolve(JSON.parse(answer))
          else reject(new Error(`etcd answered ${response.statusCode} to ${path}: ${answer.slice(0, 200)}`))
        }, reject)
      })
      request.on('timeout', () => request.destroy(new Error(`etcd does not answer ${path}`)))
      request.on('error', reject)
      request.end(JSON.stringify(body))
    })
  return { call, close: () => agent.destroy() }
}

/** Writes everything the cluster holds, as of one revision, to a file: a line of JSON a key. Returns how many. */
export async function dumpCluster(access: EtcdAccess, file: string, signal?: AbortSignal): Promise<number> {
  const etcd = await connectEtcd(access)
  let count = 0
  async function* lines() {
    let [from, revision] = [base64(BEGIN), '0']
    for (;;) {
      const asked = { key: from, range_end: base64(END), limit: String(PAGE), revision }
      const { header, kvs = [], more } = (await etcd.call('range', asked, signal)) as Range // its documented answer
      if (revision === '0') revision = header.revision // the pages after it show the same moment
      for (const { key, value, lease } of kvs) {
        if ((lease ?? '0') !== '0' || PASSING.test(Buffer.from(key, 'base64').toString())) continue
        count += 1
        yield `${JSON.stringify({ key, value } satisfies Entry)}\n`
      }
      const last = kvs.at(-1)
      if (!more || !last) return
      from = Buffer.concat([Buffer.from(last.key, 'base64'), Buffer.alloc(1)]).toString('base64')
    }
  }
  try {
    await pipeline(Readable.from(lines()), createWriteStream(file, { mode: 0o600 }))
    return count
  } finally {
    etcd.close()
  }
}

/** Puts such a file into an etcd that no API server uses. Revisions start anew, as every client of Kubernetes expects after a restore. */
export async function restoreCluster(access: EtcdAccess, file: string, signal?: AbortSignal): Promise<number> {
  const etcd = await connectEtcd(access)
  let [count, bytes, batch] = [0, 0, [] as Entry[]]
  const send = async () => {
    if (batch.length === 0) return
    await etcd.call('txn', { success: batch.map((entry) => ({ request_put: entry })) }, signal)
    count += batch.length
    bytes = 0
    batch = []
  }
  try {
    for await (const line of createInterface({ input: createReadStream(file) })) {
      if (batch.length >= BATCH.keys || (bytes > 0 && bytes + line.length > BATCH.bytes)) await send()
      batch.push(JSON.parse(line) as Entry) // written by `dumpCluster`
      bytes += line.length
    }
    await send()
    return count
  } finally {
    etcd.close()
  }
}
