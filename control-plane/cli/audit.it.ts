import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { servedPlane, type ServedPlane } from '../../test/support/cli.ts'

let plane: ServedPlane
let file: string
beforeAll(async () => {
  plane = await servedPlane()
  file = path.join(plane.folder, 'audit.ndjson')
  await plane.cell('main')
  await plane.customer('acme', { contact: 'ada@acme.example' })
})
afterAll(() => plane.close())

test('the record is kept in a file and verified without the plane', async () => {
  expect(await plane.as(`audit export ${file}`)).toMatchObject({ code: 0, out: '' })
  const { id } = (JSON.parse((await plane.as('keys list -o json')).out) as { id: string }[])[0] ?? { id: '' }
  await plane.down()
  try {
    const verified = await plane.as(`audit verify ${file}`)
    expect(verified).toMatchObject({ code: 0, err: '' })
    expect(verified.out).toMatch(/^intact: \d+ events in 2 streams, \d+ checkpoints, signed by [0-9a-f]{32}: compare/)
    expect((await plane.as(`audit verify ${file} --key ${id}`)).out).toContain('signed by keys that yours vouch for')
    expect(await plane.as(`audit verify ${file} --key ${'f'.repeat(32)}`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('not intact: checkpoint 1: it is signed by a key') as string,
    })
    await writeFile(`${file}.bad`, (await readFile(file, 'utf8')).replace('"slug":"acme"', '"slug":"evil"'))
    const bad = await plane.as(`audit verify ${file}.bad`)
    expect(bad).toMatchObject({ code: 1, out: '' })
    expect(bad.err).toMatch(/^error: not intact: tenant:[0-9a-f-]+ event 1: its text or hash/)
    expect(bad.err).toContain('audit-verification-failed.md')
  } finally {
    await plane.up()
  }
})

test('an export that broke off is resumed in the same file; a complete one is left alone', async () => {
  const whole = await readFile(file, 'utf8')
  await truncate(file, whole.indexOf('"type":"event"') + 900)
  expect(await plane.as(`audit verify ${file}`)).toMatchObject({ code: 1 })
  await plane.as('audit checkpoint')
  expect(await plane.as(`audit export ${file} --resume`)).toMatchObject({ code: 0 })
  expect((await plane.as(`audit verify ${file}`)).out).toMatch(/^intact: /)
  expect((await plane.as(`audit export ${file} --resume`)).err).toContain('complete already')
  await writeFile(file, '')
  await appendFile(file, '{"type":"header"}\n')
  expect(await plane.as(`audit export ${file} --resume`)).toMatchObject({ code: 2 })
})

test('the plane is verified as it is, a person is erased, and it still verifies', async () => {
  expect((await plane.as('audit verify')).out).toMatch(/^intact: /)
  const erased = await plane.as('audit erase --value ADA@acme.example --reason request-1 --yes')
  expect(erased).toMatchObject({ code: 0, out: 'erased 1 values in 1 events' })
  await plane.as(`audit export ${file} --tenant acme`)
  expect(await readFile(file, 'utf8')).not.toContain('ada@')
  expect((await plane.as(`audit verify ${file}`)).out).toMatch(/^intact: 1 events in 1 streams \(only stream tenant:/)
  expect((await plane.as('audit checkpoints')).out).toMatch(/^CHECKPOINT/)
})

test('what the plane refuses is said, and no file is left', async () => {
  const none = path.join(plane.folder, 'none')
  expect(await plane.as(`audit export ${none} --stream tenant:nobody`)).toMatchObject({ code: 4 })
  await expect(readFile(none)).rejects.toThrow('ENOENT')
})
