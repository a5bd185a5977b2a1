import { expect, test } from 'vitest'
import {
  appendCheckpoint,
  appendEvent,
  exported,
  header,
  newSigner,
  someLedger,
  WHOLE,
  type Ledger,
} from '../../test/support/audit-export.ts'
import { chainHash } from './chain.ts'
import { linesOf } from './lines.ts'
import { verifyExports } from './verify-export.ts'

const { ledger, signers } = someLedger() // 3 streams of 12 events, checkpoints 1 to 6 after 2, 4, … 12 events of each, an empty 7th
const LINES = [...exported(ledger)]
const anchor = signers[0].key.id
type Lines = readonly string[]

async function* batches(lines: Lines) {
  yield lines.slice(0, 7)
  yield lines.slice(7)
}
const verify = (lines: Lines, anchors: readonly string[] = [anchor], ...more: Lines[]) =>
  verifyExports(
    [lines, ...more].map((each, n) => ({ name: `file-${n + 1}`, lines: batches(each) })),
    anchors,
  )
/** Line of an event, counted from 0. */
const at = (stream: string, sequence: number, lines: Lines = LINES) =>
  lines.findIndex((line) => line.includes(`"sequence":${sequence},"stream":"${stream}"`))
const start = (stream: string) => LINES.findIndex((line) => line.startsWith(`{"type":"stream","stream":"${stream}"`))
const checkpointAt = (n: number) => n // the header is line 0
const replaced = (index: number, change: (line: string) => string, lines: Lines = LINES) =>
  lines.map((line, n) => (n === index ? change(line) : line))
const without = (index: number, count = 1, lines: Lines = LINES) => lines.toSpliced(index, count)
const swapped = (a: number, b: number) => LINES.with(a, LINES[b] ?? '').with(b, LINES[a] ?? '')

/** Writes the lines of a changed record; its signatures stay what they were. */
function forged(change: (copy: Ledger) => void): Lines {
  const copy: Ledger = {
    keys: [...ledger.keys],
    streams: new Map([...ledger.streams].map(([name, events]) => [name, events.map((event) => ({ ...event }))])),
    checkpoints: ledger.checkpoints.map((checkpoint) => ({ ...checkpoint, heads: [...checkpoint.heads] })),
  }
  change(copy)
  return [...exported(copy)]
}
/** Changes an event and makes every hash after it fit. */
function rehash(copy: Ledger, stream: string, sequence: number): void {
  const events = copy.streams.get(stream) ?? []
  for (const [n, event] of events.entries()) {
    if (n + 1 < sequence) continue
    if (n + 1 === sequence) event.canonical = event.canonical.replace('tenant.update', 'tenant.create')
    event.hash = chainHash(events[n - 1]?.hash ?? Buffer.alloc(32), event.canonical)
  }
}

test('an untouched export verifies, with the first key alone as the anchor, across the rotation', async () => {
  expect(await verify(LINES)).toEqual({
    intact: true,
    events: 36,
    streams: 3,
    checkpoints: 7,
    anchored: true,
    keys: signers.map(({ key }) => key.id),
    scopes: [WHOLE],
  })
  expect(await verify(LINES, [])).toMatchObject({ intact: true, anchored: false })
})

test('erased and left out personal values are no fault', async () => {
  const erased = replaced(at('tenant:1', 3), (line) =>
    line.replace(/"personal":\{[^}]*\},"event"/, '"personal":{},"event"'),
  )
  expect(erased).not.toEqual(LINES)
  expect(await verify(erased)).toMatchObject({ intact: true })
})

const T1 = 'tenant:1'
test.each<[what: string, lines: Lines, found: Record<string, unknown>]>([
  [
    'an edited text',
    replaced(at(T1, 3), (l) => l.replace('tenant.update', 'tenant.create')),
    { fault: 'edited', stream: T1, sequence: 3 },
  ],
  [
    'an edited time',
    replaced(at(T1, 4), (l) => l.replace('"at":"2026-01', '"at":"2025-01')),
    { fault: 'edited', stream: T1, sequence: 4 },
  ],
  [
    'an edited hash',
    replaced(at(T1, 3), (l) => l.replace(/"hash":"./, '"hash":"x')),
    { fault: 'edited', stream: T1, sequence: 3 },
  ],
  ['a deleted event', without(at(T1, 5)), { fault: 'missing', stream: T1, sequence: 5 }],
  ['a deleted first event', without(at(T1, 1)), { fault: 'missing', stream: T1, sequence: 1 }],
  [
    'a deleted event with the gap closed',
    replaced(at(T1, 6) - 1, (l) => l.replace('"sequence":6', '"sequence":5'), without(at(T1, 5))),
    { fault: 'edited', stream: T1, sequence: 5 },
  ],
  [
    'an inserted event',
    LINES.toSpliced(at(T1, 5), 0, (LINES[at(T1, 4)] ?? '').replace('"sequence":4', '"sequence":5')),
    { fault: 'edited', stream: T1, sequence: 5 },
  ],
  [
    'a duplicated line',
    LINES.toSpliced(at(T1, 5), 0, LINES[at(T1, 5)] ?? ''),
    { fault: 'duplicated', stream: T1, sequence: 5 },
  ],
  [
    'two events for one place',
    LINES.toSpliced(
      at(T1, 6),
      0,
      (LINES[at(T1, 5)] ?? '').replace('tenant.update', 'tenant.create').replace(/"hash":"./, '"hash":"x'),
    ),
    { fault: 'fork', stream: T1, sequence: 5 },
  ],
  ['events in another order', swapped(at(T1, 5), at(T1, 6)), { fault: 'missing', stream: T1, sequence: 5 }],
  [
    'a tail cut off',
    replaced(LINES.length - 3, (l) => l.replace('"events":36', '"events":34'), without(at('tenant:2', 11), 2)),
    { fault: 'truncated', stream: 'tenant:2', sequence: 11 },
  ],
  ['a file that ends early', LINES.slice(0, -1), { fault: 'cut' }],
  [
    'a file that ends in the middle of a line',
    [...LINES.slice(0, 20), (LINES[20] ?? '').slice(0, 90)],
    { fault: 'malformed', line: 21 },
  ],
  ['an end that counts other events', replaced(LINES.length - 1, (l) => l.replace('36', '35')), { fault: 'cut' }],
  ['a stream taken out', without(start(T1), 13), { fault: 'stream-missing', stream: T1, sequence: 1 }],
  [
    'a stream told twice',
    [...LINES.slice(0, -1), ...LINES.slice(start(T1), start(T1) + 13), LINES.at(-1) ?? ''],
    { fault: 'stream-repeated', stream: T1 },
  ],
  [
    'streams that changed names',
    replaced(
      start(T1),
      (l) => l.replace(T1, 'tenant:2'),
      replaced(start('tenant:2'), (l) => l.replace('tenant:2', T1)),
    ),
    { fault: 'wrong-stream', sequence: 1 },
  ],
  [
    'an event of another stream',
    replaced(at(T1, 3), () => LINES[at('tenant:2', 3)] ?? ''),
    { fault: 'wrong-stream', stream: T1, sequence: 3 },
  ],
  [
    'a changed personal value',
    replaced(at(T1, 7), (l) => l.replace(/person-\d+@/, 'eve@')),
    { fault: 'personal-edited', stream: T1, sequence: 7 },
  ],
  [
    'a changed salt',
    replaced(at(T1, 7), (l) => l.replace(/"contact":\["./, '"contact":["x')),
    { fault: 'personal-edited', stream: T1, sequence: 7 },
  ],
  [
    'a personal value that was never there',
    replaced(at(T1, 7), (l) => l.replace('"personal":{', '"personal":{"phone":["00","1"],')),
    { fault: 'personal-edited', stream: T1, sequence: 7 },
  ],
  [
    'columns that say something else',
    replaced(at(T1, 2), (l) => l.replace(',"event":{', ',"altered":true,"event":{')),
    { fault: 'altered', stream: T1, sequence: 2 },
  ],
  [
    'a chain that was hashed anew',
    forged((copy) => rehash(copy, T1, 5)),
    { fault: 'rehashed', stream: T1, sequence: 5, through: 6 },
  ],
  [
    'a whole stream hashed anew',
    forged((copy) => rehash(copy, T1, 1)),
    { fault: 'rehashed', stream: T1, sequence: 1, through: 2 },
  ],
  [
    'an event added with a hash that fits',
    forged((copy) => appendEvent(copy, T1, 99)),
    { fault: 'unsigned', stream: T1, sequence: 13 },
  ],
  [
    'a stream added that nobody signed',
    forged((copy) => appendEvent(copy, 'tenant:9', 99)),
    { fault: 'unsigned', stream: 'tenant:9', sequence: 1 },
  ],
  [
    'a record signed anew by another key',
    forged((copy) => {
      copy.checkpoints = []
      copy.keys = []
      rehash(copy, T1, 5)
      appendCheckpoint(copy, newSigner())
    }),
    { fault: 'wrong-key', sequence: 1 },
  ],
  [
    'a key put under the id of another',
    replaced(0, (l) => l.replace(signers[0].key.publicKey, newSigner().key.publicKey)),
    { fault: 'wrong-key', sequence: 1 },
  ],
  [
    'a changed checkpoint',
    replaced(checkpointAt(3), (l) => l.replace('"events":18', '"events":17')),
    { fault: 'bad-signature', stream: null, sequence: 3 },
  ],
  [
    'a changed signature',
    replaced(checkpointAt(3), (l) => l.replace(/"signature":"(.)/, (_, c) => `"signature":"${c === 'A' ? 'B' : 'A'}`)),
    { fault: 'bad-signature', sequence: 3 },
  ],
  [
    'a changed head beside a checkpoint',
    replaced(checkpointAt(3), (l) => l.replace('"sequence":6,"hash"', '"sequence":5,"hash"')),
    { fault: 'checkpoint-edited', sequence: 3 },
  ],
  [
    'a head left out',
    replaced(checkpointAt(3), (l) => l.replace(/"heads":\[\{[^}]*\},/, '"heads":[')),
    { fault: 'checkpoint-edited', sequence: 3 },
  ],
  ['a checkpoint taken out', without(checkpointAt(3)), { fault: 'checkpoint-missing', sequence: 3 }],
  ['no checkpoint', without(checkpointAt(1), 7), { fault: 'unsigned', stream: 'installation', sequence: 1 }],
  [
    'the newest checkpoints taken out',
    without(checkpointAt(6), 2),
    { fault: 'unsigned', stream: 'installation', sequence: 11, through: 12 },
  ],
  ['no header', LINES.slice(1), { fault: 'malformed', line: 1 }],
  ['another format', replaced(0, (l) => l.replace('audit/1', 'audit/2')), { fault: 'malformed', line: 1 }],
  ['nothing', [], { fault: 'cut' }],
  ['lines after the end', [...LINES, LINES[at(T1, 1)] ?? ''], { fault: 'malformed', line: LINES.length + 1 }],
  ['a checkpoint between events', LINES.toSpliced(at(T1, 3), 0, LINES[1] ?? ''), { fault: 'malformed' }],
])('%s is found at its place', async (_what, lines, found) => {
  expect(lines).not.toEqual(LINES)
  expect(await verify(lines)).toMatchObject({ intact: false, file: 'file-1', ...found })
})

test('a key without endorsement needs its own anchor; without anchors the file’s own keys count', async () => {
  const [first, stranger] = [signers[0], newSigner()]
  const fresh: Ledger = { keys: [], streams: new Map(), checkpoints: [] }
  appendEvent(fresh, 'installation', 1)
  appendCheckpoint(fresh, first)
  appendEvent(fresh, 'installation', 2)
  appendCheckpoint(fresh, stranger)
  const lines = [...exported(fresh)]
  expect(await verify(lines, [first.key.id])).toMatchObject({ fault: 'wrong-key', sequence: 2 })
  expect(await verify(lines, [first.key.id, stranger.key.id])).toMatchObject({ intact: true, anchored: true })
  expect(await verify(lines, [])).toMatchObject({ intact: true, anchored: false })
})

test('a later export must tell the same story as the earlier one', async () => {
  const { ledger: growing, signers: theirs } = someLedger({ streams: 2, events: 4, every: 4 })
  const [early, key] = [[...exported(growing)], [theirs[0].key.id]]
  const [one, other] = [structuredCloneOf(growing), structuredCloneOf(growing)]
  for (const [copy, n] of [
    [one, 50],
    [other, 60],
  ] as const) {
    appendEvent(copy, 'installation', n)
    appendCheckpoint(copy, theirs[1])
  }
  const [later, forked] = [[...exported(one)], [...exported(other)]]
  expect(await verify(early, key, later)).toMatchObject({ intact: true })
  expect(await verify(early, key, early)).toMatchObject({ intact: true })
  expect(await verify(later, key, early)).toMatchObject({ file: 'file-2', fault: 'checkpoint-missing', sequence: 4 })
  expect(await verify(later, key, forked)).toMatchObject({ file: 'file-2', fault: 'checkpoint-fork', stream: null })
})
const structuredCloneOf = (from: Ledger): Ledger => ({
  keys: [...from.keys],
  checkpoints: [...from.checkpoints],
  streams: new Map([...from.streams].map(([name, events]) => [name, [...events]])),
})

test.each([2, 3])(
  'the first events of a stream may not be left out, at a signed head (%i) or between two',
  async (n) => {
    const hash = /"hash":"([0-9a-f]+)"/.exec(LINES[at(T1, n)] ?? '')?.[1] ?? ''
    const beheaded = (scope = WHOLE) => [
      header(ledger, scope),
      ...LINES.slice(1, start(T1)),
      `{"type":"stream","stream":"${T1}","after":${n},"previous":"${hash}"}`,
      ...LINES.slice(at(T1, n + 1), -1),
      `{"type":"end","events":${36 - n},"streams":3}`,
    ]
    const found = { fault: 'missing', stream: T1, sequence: 1, line: start(T1) + 1 }
    expect(await verify(beheaded())).toMatchObject(found)
    expect(await verify(beheaded({ ...WHOLE, stream: T1 }))).toMatchObject({ intact: false })
    expect(await verify(beheaded({ ...WHOLE, to: '2027-01-01T00:00:00.000Z' }))).toMatchObject(found)
    expect(await verify(beheaded({ ...WHOLE, after: `installation@${n}` }))).toMatchObject(found)
    expect(await verify(beheaded({ ...WHOLE, after: `${T1}@${n + 1}` }))).toMatchObject(found)
    expect(await verify(beheaded({ ...WHOLE, from: '2026-01-01T00:00:00.000Z' }))).toMatchObject({ intact: true })
  },
)

test('an export that was broken off goes on in the same file after a second header', async () => {
  const [cut, head] = [at(T1, 5), LINES[at(T1, 5)] ?? '']
  const hash = /"hash":"([0-9a-f]+)"/.exec(head)?.[1] ?? ''
  const again = [
    header(ledger, { ...WHOLE, after: `${T1}@5` }),
    ...LINES.filter((line) => line.startsWith('{"type":"checkpoint"')),
    `{"type":"stream","stream":"${T1}","after":5,"previous":"${hash}"}`,
    ...LINES.slice(cut + 1, -1),
    '{"type":"end","events":19,"streams":2}',
  ]
  const whole = [...LINES.slice(0, cut + 1), ...again]
  expect(await verify(whole)).toMatchObject({ intact: true, events: 36, streams: 3 })
  expect(await verify(again)).toMatchObject({ intact: true, events: 19 })
  expect(await verify([...LINES.slice(0, cut), ...again])).toMatchObject({ fault: 'malformed', line: cut + 1 })
  const elsewhere = again.map((line) => line.replace(`"previous":"${hash}"`, `"previous":"${'0'.repeat(64)}"`))
  expect(await verify([...LINES.slice(0, cut + 1), ...elsewhere])).toMatchObject({ fault: 'stream-repeated' })
})

test('bytes become lines wherever they are cut, letters of several bytes too', async () => {
  const bytes = Buffer.from('{"a":"ü€😀"}\n\nlast')
  async function* cut(size: number) {
    for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
  }
  for (let size = 1; size <= bytes.length; size++) {
    const lines: string[] = []
    for await (const batch of linesOf(cut(size))) lines.push(...batch)
    expect(lines).toEqual(['{"a":"ü€😀"}', '', 'last'])
  }
})
