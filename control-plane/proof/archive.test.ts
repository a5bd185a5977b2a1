import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seal } from '../../stacks/dedicated/seal/seal.ts'
import { ARCHIVE_FORMAT, type ArchiveHeader, readArchive, writeArchive } from './archive.ts'
import { linesOf } from './lines.ts'
import { openSealed } from './open-sealed.ts'

const header: ArchiveHeader = {
  format: ARCHIVE_FORMAT,
  tenant: { id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55', slug: 'acme' },
  operationId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c56',
  unit: 'cell-1',
  region: 'local-1',
  product: 'ledger',
  version: '1.0.0',
  schema: 1,
  data: 'rows',
  takenAt: '2026-11-28T12:00:00.000Z',
}
type Sections = readonly { name: string; lines: readonly string[] }[]

async function* fed<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
async function all(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const found: Buffer[] = []
  for await (const piece of pieces) found.push(piece)
  return Buffer.concat(found)
}
const written = async (sections: Sections) => {
  const archive = writeArchive(header, fed(sections.map(({ name, lines }) => ({ name, lines: fed(lines) }))))
  const text = await all(archive.text)
  return { text, manifest: archive.manifest() }
}
const read = async (text: Buffer) => {
  const found: [string, string][] = []
  const manifest = await readArchive(linesOf(fed([text])), (section, line) => found.push([section, line]))
  return { manifest, found }
}

const line = fc.oneof(
  fc.constantFrom('{"type":"end","sections":0,"sha256":""}', '+', '{"type":"section","name":"audit"}', '{}', ''),
  fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !/[\n\r]/.test(text)),
)
const sections: fc.Arbitrary<Sections> = fc.array(
  fc.record({
    name: fc.constantFrom('configuration', 'audit', 'table "public"."a"'),
    lines: fc.array(line, { maxLength: 8 }),
  }),
  { maxLength: 4 },
)

test('what was written is read, whatever its lines say', async () => {
  await fc.assert(
    fc.asyncProperty(sections, async (given) => {
      const { text, manifest } = await written(given)
      const back = await read(text)
      expect(back.manifest).toEqual(manifest)
      expect(back.found).toEqual(given.flatMap(({ name, lines }) => lines.map((one) => [name, one])))
    }),
  )
})

test('a line that is changed, left out, repeated or put in is found', async () => {
  const { text } = await written([
    { name: 'configuration', lines: ['{"a":1}'] },
    { name: 'table x', lines: ['{"id":1}', '{"id":2}', '{"id":3}'] },
  ])
  const lines = text.toString().trimEnd().split('\n')
  const spoilt = (change: (copy: string[]) => void) => {
    const copy = [...lines]
    change(copy)
    return read(Buffer.from(`${copy.join('\n')}\n`))
  }
  for (let at = 0; at < lines.length; at++) {
    const fault = { fault: expect.stringMatching(/^(foreign|malformed|cut|edited)$/), line: expect.any(Number) }
    await expect(spoilt((copy) => copy.splice(at, 1))).rejects.toMatchObject(fault)
    await expect(spoilt((copy) => copy.splice(at, 0, lines[at] ?? ''))).rejects.toMatchObject(fault)
    await expect(
      spoilt(
        (copy) => (copy[at] = copy[at]?.replace(/[a-z0-9](?=[^a-z0-9]*$)/, (end) => (end === '1' ? '2' : '1')) ?? ''),
      ),
    ).rejects.toMatchObject(fault)
  }
  await expect(spoilt((copy) => copy.splice(2))).rejects.toMatchObject({ fault: 'cut' })
  await expect(read(Buffer.from('{"type":"header"}\n'))).rejects.toMatchObject({ fault: 'foreign' })
  await expect(read(Buffer.from('PK'))).rejects.toMatchObject({ fault: 'foreign' })
})

test('a manifest is there only when everything was written', async () => {
  const archive = writeArchive(header, fed([]))
  expect(() => archive.manifest()).toThrow('not written to its end')
  await all(archive.text)
  expect(archive.manifest()).toMatchObject({ sections: [], tenant: { slug: 'acme' } })
  const feed = writeArchive(header, fed([{ name: 'audit', lines: fed(['a\nb']) }]))
  await expect(all(feed.text)).rejects.toThrow('holds a line feed')
})

const key = randomBytes(32)
const opened = (sealed: Buffer, sizes: number, by: Uint8Array = key) => all(openSealed(fed(cut(sealed, sizes)), by))
const cut = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size))
const sealed = (content: Buffer) => all(seal(fed([content]), key, 'steward.export.x'))

test('what the plane seals opens here, by code of its own, however it arrives', async () => {
  for (const length of [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000]) {
    const content = randomBytes(length)
    for (const size of [7000, 65_536, 1 << 20])
      expect((await opened(await sealed(content), size)).equals(content), `${length} by ${size}`).toBe(true)
  }
})

test('a changed bit, a missing end, another key and what was never sealed are found', async () => {
  const whole = await sealed(randomBytes(150_000))
  for (const at of [8, 12, 40, 60, 70_000, whole.length - 1]) {
    const changed = Buffer.from(whole)
    changed[at] = (changed[at] ?? 0) ^ 1
    await expect(opened(changed, 50_000), `bit of byte ${at}`).rejects.toMatchObject({ fault: 'damaged' })
  }
  for (const end of [9, 30, 70_000, 58 + 65_552, 58 + 2 * 65_552, whole.length - 1])
    await expect(opened(whole.subarray(0, end), 50_000), `cut at ${end}`).rejects.toMatchObject({ fault: 'damaged' })
  await expect(opened(Buffer.concat([whole, whole]), 50_000)).rejects.toMatchObject({ fault: 'damaged' })
  await expect(opened(whole, 50_000, randomBytes(32))).rejects.toMatchObject({ fault: 'damaged' })
  for (const foreign of ['', 'STW', 'nothing of ours'])
    await expect(opened(Buffer.from(foreign), 5)).rejects.toMatchObject({ fault: 'foreign' })
})
