import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { Problem } from '../../../control-plane/domain/problem.ts'
import { createStoreClient } from '../../dedicated/backups/store-client.ts'
import { openSealedFile } from '../../dedicated/seal/sealed-file.ts'
import { readLabel } from '../../dedicated/seal/seal.ts'
import { readCredential } from '../credentials/ensure-credentials.ts'
import { describeEstate, runningDaemon } from '../estate.ts'
import { estateProblems } from '../estate.errors.ts'

type Wanted = { home: string; store: string; object: string; file: string; signal: AbortSignal }

/**
 * Writes the dump inside a backup of a stack to a file (0600), opened by the stack's key as the backup itself names it: store and key are all
 * that it takes, the plane is not asked. There is no such file unless every byte is what was sealed. Throws `home.not-running`,
 * `backup.*`, `key.*`, `seal.*`.
 */
export async function openStackBackup({ home, store, object, file, signal }: Wanted): Promise<void> {
  const daemon = await runningDaemon(home)
  if (!daemon) throw estateProblems['home.not-running']({ detail: `no estate runs in ${home}: start it first` })
  if (await stat(file).catch(() => undefined)) throw estateProblems['backup.exists']({ detail: file })
  const { credentials } = await describeEstate(home)
  const tokenFile = credentials.token('resources')
  const sealed = `${file}.${randomBytes(4).toString('hex')}.sealed`
  try {
    const content = createStoreClient({ url: daemon.url, tokenFile, store }).read(object, signal)
    await pipeline(content, createWriteStream(sealed, { mode: 0o600, flags: 'wx' }), { signal })
    const named = parseLabel(await readLabel(createReadStream(sealed)), object)
    const dataKey = await unwrap(daemon.url, await readCredential(tokenFile), named)
    await openSealedFile({ from: sealed, to: file, dataKey, signal })
  } finally {
    await rm(sealed, { force: true })
  }
}

type Named = { key: string; wrapped: unknown; context: unknown }

function parseLabel(label: string, object: string): Named {
  try {
    const { key, wrapped, context } = JSON.parse(label) as Record<string, unknown>
    if (typeof key === 'string') return { key, wrapped, context }
  } catch {
    // said below
  }
  throw estateProblems['backup.damaged']({ detail: `${object} does not say what opens it: it is no backup of a stack` })
}

async function unwrap(url: string, token: string, { key, ...wrapping }: Named): Promise<Buffer> {
  const response = await fetch(new URL(`/resources/key/${encodeURIComponent(key)}/unwrap`, url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(wrapping),
  })
  const answer = (await response.json()) as { plaintext?: string; code?: string; detail?: string; title?: string } // its own contract
  if (answer.plaintext !== undefined) return Buffer.from(answer.plaintext, 'base64url')
  const { code = 'key.refused', title = 'The key does not open this', detail } = answer
  throw new Problem(code, { status: response.status, retryable: false, title }, detail === undefined ? {} : { detail })
}
