import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { canonicalJson } from '../../control-plane/platform/json.ts'
import { chainHash, commitment, GENESIS } from '../../control-plane/proof/chain.ts'
import { byStream, checkpointHash, CHECKPOINT_FORMAT, FIRST_PREVIOUS } from '../../control-plane/proof/checkpoint.ts'
import {
  checkpointLine,
  endLine,
  eventLine,
  headerLine,
  streamLine,
  type ExportScope,
} from '../../control-plane/proof/export-lines.ts'
import { rootOf, type Head } from '../../control-plane/proof/merkle.ts'
import { endorsementOf, keyIdOf, type PublicKey } from '../../control-plane/proof/signatures.ts'

/** A record written by the same rules as the plane's, without a database: what verifiers are tried on. */
export type Signer = { key: PublicKey; secret: KeyObject }
export type WrittenEvent = {
  stream: string
  sequence: number
  canonical: string
  hash: Buffer
  salt: Buffer
  plain: string
}
export type Ledger = {
  keys: PublicKey[]
  streams: Map<string, WrittenEvent[]>
  checkpoints: { canonical: string; signature: string; heads: Head[] }[]
}

export function newSigner(endorser?: Signer): Signer {
  const { privateKey: secret } = generateKeyPairSync('ed25519')
  const publicKey = secret.export({ format: 'jwk' }).x ?? ''
  const endorsement = endorser && sign(null, endorsementOf({ purpose: 'audit', publicKey }), endorser.secret)
  const key = {
    id: keyIdOf(publicKey),
    purpose: 'audit',
    publicKey,
    endorsedBy: endorser?.key.id ?? null,
    endorsement: endorsement?.toString('base64url') ?? null,
    createdAt: '2026-01-01T00:00:00.000Z',
    retiredAt: null,
  }
  return { key, secret }
}

export function appendEvent(ledger: Ledger, stream: string, n: number): void {
  const events = ledger.streams.get(stream) ?? []
  ledger.streams.set(stream, events)
  const [salt, plain] = [randomBytes(16), `person-${n}@acme.example`]
  const canonical = canonicalJson({
    id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`,
    stream,
    sequence: events.length + 1,
    at: new Date(1_767_225_600_000 + n).toISOString(),
    tenantId: stream.startsWith('tenant:') ? stream.slice(7) : null,
    actor: { id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c02', token: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c04' },
    action: 'tenant.update',
    subject: stream,
    outcome: 'succeeded',
    requestId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c03',
    operationId: null,
    detail: { changed: ['limits'], n },
    personal: { contact: commitment(salt, plain) },
  })
  const hash = chainHash(events.at(-1)?.hash ?? GENESIS, canonical)
  events.push({ stream, sequence: events.length + 1, canonical, hash, salt, plain })
}

const known = new WeakMap<Ledger['checkpoints'], { done: number; covered: Map<string, number> }>()
/** Where the checkpoints left each stream; looks at each checkpoint once. */
function coveredBy({ checkpoints }: Ledger): ReadonlyMap<string, number> {
  const state = known.get(checkpoints) ?? { done: 0, covered: new Map<string, number>() }
  known.set(checkpoints, state)
  for (const { heads } of checkpoints.slice(state.done))
    for (const { stream, sequence } of heads) state.covered.set(stream, sequence)
  state.done = checkpoints.length
  return state.covered
}

/** Signs where all streams stand that moved since the checkpoint before. */
export function appendCheckpoint(ledger: Ledger, signer: Signer): void {
  if (!ledger.keys.includes(signer.key)) ledger.keys.push(signer.key)
  const covered = coveredBy(ledger)
  const heads = [...ledger.streams]
    .map(([stream, events]) => ({ stream, sequence: events.length, hash: events.at(-1)?.hash.toString('hex') ?? '' }))
    .filter(({ stream, sequence }) => sequence > (covered.get(stream) ?? 0))
    .toSorted(byStream)
  const before = ledger.checkpoints.at(-1)
  const canonical = canonicalJson({
    format: CHECKPOINT_FORMAT,
    sequence: ledger.checkpoints.length + 1,
    at: '2026-01-01T00:00:00.000Z',
    previous: before === undefined ? FIRST_PREVIOUS : checkpointHash(before.canonical),
    key: signer.key.id,
    events: [...ledger.streams.values()].reduce((sum, events) => sum + events.length, 0),
    heads: heads.length,
    root: rootOf(heads),
  })
  const signature = sign(null, Buffer.from(canonical), signer.secret).toString('base64url')
  ledger.checkpoints.push({ canonical, signature, heads })
}

export const WHOLE: ExportScope = { stream: null, from: null, to: null, after: null }
export const header = (ledger: Ledger, scope = WHOLE) =>
  headerLine({ at: '2026-01-01T00:00:00.000Z', scope, personal: true, keys: ledger.keys })
export const lineOf = ({ hash, salt, plain, canonical }: WrittenEvent) =>
  eventLine({
    hash: hash.toString('hex'),
    personal: { contact: [salt.toString('hex'), plain] },
    altered: false,
    canonical,
  })

/** The lines of the whole record, one at a time. */
export function* exported(ledger: Ledger): Generator<string> {
  yield header(ledger)
  for (const checkpoint of ledger.checkpoints) yield checkpointLine(checkpoint)
  let count = 0
  const streams = [...ledger.streams].map(([stream, events]) => ({ stream, events })).toSorted(byStream)
  for (const { stream, events } of streams) {
    yield streamLine({ stream, after: 0, previous: GENESIS.toString('hex') })
    for (const event of events) yield lineOf(event)
    count += events.length
  }
  yield endLine({ events: count, streams: streams.length })
}

/** A record of some streams with a checkpoint after every few events of them together; the signer changes half way. */
export function someLedger({ streams = 3, events = 12, every = 6 } = {}): {
  ledger: Ledger
  signers: [Signer, Signer]
} {
  const ledger: Ledger = { keys: [], streams: new Map(), checkpoints: [] }
  const first = newSigner()
  const signers: [Signer, Signer] = [first, newSigner(first)]
  for (let n = 0; n < streams * events; n++) {
    appendEvent(ledger, n % streams === 0 ? 'installation' : `tenant:${n % streams}`, n)
    if ((n + 1) % every === 0) appendCheckpoint(ledger, n * 2 < streams * events ? signers[0] : signers[1])
  }
  appendCheckpoint(ledger, signers[1])
  return { ledger, signers }
}
