import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { linesOf } from '../../control-plane/proof/lines.ts'
import { verifyExports } from '../../control-plane/proof/verify-export.ts'
import { appendCheckpoint, appendEvent, exported, newSigner, type Ledger } from '../support/audit-export.ts'
import { percentile, type Bench } from './report.ts'

const EVENTS = 1_000_000
const STREAMS = 1000
const EVERY = 1000
/** Streams that move between two checkpoints. */
const MOVING = 200
const RUNS = 3

/** A million events of a thousand streams, two hundred of which move between two checkpoints, verified from a file as `steward audit verify` does it. */
export const auditBench: Bench = {
  bars: [
    { of: 'verify_million_p50_s', max: 10 },
    { of: 'verify_grown_mb', max: 150 },
  ],
  run: async (say) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'steward-bench-audit-'))
    const file = path.join(folder, 'audit.ndjson')
    try {
      say(`writing ${EVENTS} events`)
      await writeExport(file)
      const [verified, read]: [number[], number[]] = [[], []]
      const before = process.memoryUsage.rss()
      let peak = 0
      const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50)
      for (let run = 0; run < RUNS; run++) {
        read.push(await timed(() => hashOnly(file)))
        verified.push(await timed(() => verify(file)))
        say(`run ${run + 1}: ${Math.round(verified.at(-1) ?? 0) / 1000} s`)
      }
      clearInterval(watch)
      const seconds = (samples: readonly number[]) => Math.round(percentile(samples, 0.5)) / 1000
      const figures = {
        verify_million_p50_s: seconds(verified),
        verify_million_max_s: Math.round(Math.max(...verified)) / 1000,
        verify_grown_mb: Math.round((peak - before) / 1_000_000),
        file_mb: Math.round((await stat(file)).size / 1_000_000),
      }
      const ratios = { verify_over_hash: figures.verify_million_p50_s / seconds(read) }
      return { figures, ratios, compared_with: 'one SHA-256 over the bytes of the same file', runs: RUNS }
    } finally {
      await rm(folder, { recursive: true })
    }
  },
}

const timed = async (work: () => Promise<void>): Promise<number> => {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** The record is made and dropped in here, so that nothing of it counts as memory of verifying. */
async function writeExport(file: string): Promise<void> {
  const ledger: Ledger = { keys: [], streams: new Map(), checkpoints: [] }
  const first = newSigner()
  const second = newSigner(first)
  for (let n = 0; n < EVENTS; n++) {
    appendEvent(ledger, `tenant:${(Math.floor(n / EVERY) * MOVING + (n % MOVING)) % STREAMS}`, n)
    if ((n + 1) % EVERY === 0) appendCheckpoint(ledger, n * 2 < EVENTS ? first : second)
  }
  function* lines() {
    for (const line of exported(ledger)) yield `${line}\n`
  }
  await pipeline(Readable.from(lines()), createWriteStream(file))
}

async function verify(file: string): Promise<void> {
  const lines = linesOf(createReadStream(file, { highWaterMark: 1 << 20 }))
  const verdict = await verifyExports([{ name: file, lines }])
  if (!verdict.intact || verdict.events !== EVENTS) throw new Error(`not verified: ${JSON.stringify(verdict)}`)
}

async function hashOnly(file: string): Promise<void> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  hash.digest()
}
