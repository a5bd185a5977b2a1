import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CHUNK_BYTES, MAGIC, SALT_BYTES, TAG_BYTES } from './seal-format.ts'
import { open, readLabel, seal } from './seal.ts'

const dataKey = randomBytes(32)
const LABEL = 'stwk1.of-acme'
const HEADER = MAGIC.length + 2 + LABEL.length + SALT_BYTES
const SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES

/** The same bytes in pieces of these sizes, again and again. */
async function* inPieces(content: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < content.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? content.length
    yield content.subarray(at, at + size)
    at += size
  }
}
async function all(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const found: Buffer[] = []
  for await (const piece of pieces) found.push(piece)
  return Buffer.concat(found)
}
const sealed = (content: Buffer, sizes = [50_000], label = LABEL) => all(seal(inPieces(content, sizes), dataKey, label))
const opened = (text: Buffer, sizes = [70_000], key: Uint8Array = dataKey) => all(open(inPieces(text, sizes), key))
const damaged = expect.objectContaining({ code: 'seal.damaged' })

/** Lengths around the borders of chunks, and any. */
const length = fc.oneof(
  fc.constantFrom(0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES),
  fc.nat(3 * CHUNK_BYTES),
)
const content = length.map((size) => randomBytes(size))
// Not smaller: a piece of one byte costs a turn of the loop, and a content has 200 000.
const pieces = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 500, max: 200_000 })), { minLength: 1, maxLength: 5 })
  .filter((sizes) => sizes.some((size) => size > 0))

test('what was sealed opens to the same bytes, however both arrive', async () => {
  await fc.assert(
    fc.asyncProperty(content, pieces, pieces, async (bytes, there, back) => {
      const text = await sealed(bytes, there)
      expect((await opened(text, back)).equals(bytes)).toBe(true)
    }),
    { numRuns: 60 },
  )
})

test('one changed bit anywhere is found', async () => {
  await fc.assert(
    fc.asyncProperty(
      content,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.nat(7),
      async (bytes, place, bit) => {
        const text = await sealed(bytes)
        const at = MAGIC.length + Math.floor(place * (text.length - MAGIC.length)) // what begins otherwise is foreign
        text[at] = (text[at] ?? 0) ^ (1 << bit)
        await expect(opened(text)).rejects.toEqual(damaged)
      },
    ),
    { numRuns: 60 },
  )
})

test('something cut off anywhere behind its first bytes is found, also between two chunks', async () => {
  const place = fc.oneof(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.constantFrom(1, 2, 3))
  await fc.assert(
    fc.asyncProperty(content, place, async (bytes, where) => {
      const text = await sealed(bytes)
      const border = HEADER + SEALED_CHUNK * (where - 1)
      const end = where >= 1 ? border : MAGIC.length + Math.floor(where * (text.length - MAGIC.length))
      fc.pre(end < text.length)
      await expect(opened(text.subarray(0, end))).rejects.toEqual(damaged)
    }),
    { numRuns: 60 },
  )
})

test('chunks that were swapped, repeated, left out or taken from elsewhere are found', async () => {
  const bytes = Buffer.concat([1, 2, 3].map((fill) => Buffer.alloc(CHUNK_BYTES, fill)))
  const [text, other] = [await sealed(bytes), await sealed(bytes)]
  const chunk = (from: Buffer, number: number) =>
    from.subarray(HEADER + number * SEALED_CHUNK, HEADER + (number + 1) * SEALED_CHUNK)
  const made = (from: readonly Buffer[]) => Buffer.concat([text.subarray(0, HEADER), ...from])
  const [a, b, c] = [chunk(text, 0), chunk(text, 1), chunk(text, 2)]
  expect((await opened(made([a, b, c]))).equals(bytes)).toBe(true)
  const wrong = [
    [b, a, c],
    [a, c, b],
    [a, a, b, c],
    [a, b, b, c],
    [a, c],
    [b, c],
    [a, b],
    [c],
    [],
    [a, b, c, c],
    [a, chunk(other, 1), c],
  ]
  for (const order of wrong) await expect(opened(made(order))).rejects.toEqual(damaged)
})

test('bytes added at the end are found', async () => {
  await fc.assert(
    fc.asyncProperty(content, fc.integer({ min: 1, max: 2 * SEALED_CHUNK }), async (bytes, more) => {
      await expect(opened(Buffer.concat([await sealed(bytes), randomBytes(more)]))).rejects.toEqual(damaged)
    }),
    { numRuns: 30 },
  )
})

test('another key opens nothing, and what was opened before a fault is true', async () => {
  const bytes = randomBytes(3 * CHUNK_BYTES)
  const text = await sealed(bytes)
  await expect(opened(text, [70_000], randomBytes(32))).rejects.toEqual(damaged)
  const last = text.length - 1
  text[last] = (text[last] ?? 0) ^ 1
  const seen: Buffer[] = []
  const reading = (async () => {
    for await (const piece of open(inPieces(text, [9000]), dataKey)) seen.push(piece)
  })()
  await expect(reading).rejects.toEqual(damaged)
  expect(Buffer.concat(seen).equals(bytes.subarray(0, 2 * CHUNK_BYTES))).toBe(true)
})

test('the same content sealed twice has nothing in common', async () => {
  const bytes = Buffer.alloc(1000)
  const [one, two] = [await sealed(bytes), await sealed(bytes)]
  expect(one.subarray(HEADER).equals(two.subarray(HEADER))).toBe(false)
})

test('the label is read without a key, and is part of what is sealed', async () => {
  const text = await sealed(Buffer.from('x'), [10], 'stwk1.äöü')
  expect(await readLabel(inPieces(text, [3]))).toBe('stwk1.äöü')
  const other = Buffer.from(text.toString('latin1').replace('stwk1', 'stwk2'), 'latin1')
  expect(await readLabel(inPieces(other, [1000]))).toBe('stwk2.äöü')
  await expect(opened(other)).rejects.toEqual(damaged)
})

test.each([[''], ['STWSEAL'], ['STWSEAL2 and more of it'], ['-----BEGIN']])('%j was not sealed here', async (text) => {
  await expect(opened(Buffer.from(text))).rejects.toEqual(expect.objectContaining({ code: 'seal.foreign' }))
})

test('a key of another length and a label that is too long are refused before anything is sealed', async () => {
  await expect(all(seal(inPieces(Buffer.from('x'), [1]), randomBytes(16), LABEL))).rejects.toThrow('32 bytes')
  await expect(all(seal(inPieces(Buffer.from('x'), [1]), dataKey, 'x'.repeat(4097)))).rejects.toThrow('4096')
})

test('a source that fails makes the sealing fail', async () => {
  async function* failing(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(100_000)
    throw new Error('the database went away')
  }
  await expect(all(seal(failing(), dataKey, LABEL))).rejects.toThrow('the database went away')
})
