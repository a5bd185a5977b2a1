import { readFile, readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run, servedPlane, type ServedPlane } from '../../test/support/cli.ts'
import { keptExport } from '../../test/support/kept-export.ts'

let plane: ServedPlane
beforeAll(async () => {
  plane = await servedPlane()
  await plane.cell('main', { tenants: 50, requestsPerSecond: 1000 })
})
afterAll(() => plane.close())

/** Without a plane: nothing of the environment names one. */
const offline = (line: string) => run(line.split(' '), { env: {} })
const at = (name: string) => path.join(plane.folder, name)

test('an export is found, taken away with its key, verified and opened without the plane', async () => {
  const id = await keptExport(plane, 'acme', ['{"id":1,"text":"grüße"}', '{"id":2,"amount":12345678901234567890.123}'])
  expect((await plane.as('exports list --tenant acme --limit 5')).out).toMatch(new RegExp(`^${id} +acme +kept`, 'm'))
  expect((await plane.as(`exports get ${id}`)).out).toMatch(/^table "public"\."entries": +2 lines$/m)
  const taken = await plane.as(`exports download ${id} --out ${at('a.sealed')} --key-out ${at('a.key')}`)
  expect([taken.code, taken.err]).toEqual([0, expect.stringContaining('verify it with')])
  expect((await stat(at('a.key'))).mode & 0o777).toBe(0o600)
  const verified = await offline(`exports verify ${at('a.sealed')} --key-file ${at('a.key')}`)
  expect([verified.code, verified.out]).toEqual([
    0,
    expect.stringMatching(/^intact: acme as it was at .*, 2 rows, \d+ events/),
  ])
  const opened = await offline(`exports extract ${at('a.sealed')} --key-file ${at('a.key')} --into ${at('open')}`)
  expect([opened.code, (await readdir(at('open'))).toSorted()]).toEqual([
    0,
    ['audit.ndjson', 'configuration.ndjson', 'table.public.entries.ndjson'],
  ])
  expect(await readFile(path.join(at('open'), 'table.public.entries.ndjson'), 'utf8')).toBe(
    '{"id":1,"text":"grüße"}\n{"id":2,"amount":12345678901234567890.123}\n',
  )
  const record = await offline(`audit verify ${path.join(at('open'), 'audit.ndjson')}`)
  expect([record.code, record.out]).toEqual([0, expect.stringContaining('intact')])
})

test('a changed file, another key, none and no file are named', async () => {
  const id = await keptExport(plane, 'globex')
  const taken = await plane.as(`exports download ${id} --out ${at('y.sealed')} --key-out ${at('y.key')}`)
  expect(taken.code).toBe(0)
  const bytes = await readFile(at('y.sealed'))
  bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1
  await writeFile(at('changed.sealed'), bytes)
  const changed = await offline(`exports verify ${at('changed.sealed')} --key-file ${at('y.key')}`)
  expect([changed.code, changed.err]).toEqual([1, expect.stringContaining('export.damaged')])
  const nothing = await offline(
    `exports extract ${at('changed.sealed')} --key-file ${at('y.key')} --into ${at('none')}`,
  )
  expect([nothing.code, (await readdir(plane.folder)).includes('none')]).toEqual([1, false])
  await writeFile(at('other.key'), `${Buffer.alloc(32, 7).toString('base64url')}\n`)
  expect((await offline(`exports verify ${at('y.sealed')} --key-file ${at('other.key')}`)).err).toContain(
    'export.damaged',
  )
  await writeFile(at('no.key'), 'hello')
  expect((await offline(`exports verify ${at('y.sealed')} --key-file ${at('no.key')}`)).code).toBe(2)
  expect((await offline(`exports verify ${at('y.sealed')} --key-file ${at('missing.key')}`)).code).toBe(2)
  expect((await offline(`exports verify ${at('gone')} --key-file ${at('y.key')}`)).code).toBe(2)
  expect((await offline(`exports verify ${at('y.key')} --key-file ${at('y.key')}`)).err).toContain('export.foreign')
  const trusted = await offline(`exports verify ${at('y.sealed')} --key-file ${at('y.key')} --key ${'0'.repeat(32)}`)
  expect([trusted.code, trusted.err]).toEqual([1, expect.stringContaining('audit.wrong-key')])
})

test('a file that is there is not written over, and nothing is left of a download that failed', async () => {
  const id = await keptExport(plane, 'umbrella')
  await writeFile(at('there'), 'mine')
  expect((await plane.as(`exports download ${id} --out ${at('there')}`)).code).toBe(2)
  expect(await readFile(at('there'), 'utf8')).toBe('mine')
  const gone = await plane.as(`exports download 0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c99 --out ${at('nothing')}`)
  expect([gone.code, (await readdir(plane.folder)).includes('nothing')]).toEqual([4, false])
})

test('asking for an export says how to follow it', async () => {
  await plane.customer('hooli')
  expect((await plane.as('tenants export hooli --idempotency-key e-1')).out).toMatch(
    /follow it: steward operations watch/,
  )
})
