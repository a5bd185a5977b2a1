import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { resourceHost, type ResourceHost } from '../../../../test/support/resource-host.ts'
import { keyKind, type KeyInputs } from './key.ts'

const context = { tenant: 'acme', purpose: 'export' }
let folder: string
let host: ResourceHost<KeyInputs>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-key-'))
  host = await resourceHost(keyKind, folder)
  await host.put('acme', { generation: 1 })
  return async () => {
    await host.close()
    await rm(folder, { recursive: true, force: true })
  }
})

const dataKey = async (body: object = { context }) => (await host.post('acme', 'data-key', body)).body
const unwrap = (wrapped: unknown, of: unknown = context, name = 'acme') =>
  host.post(name, 'unwrap', { wrapped, context: of })

test('a data key is handed out in clear and wrapped, and the wrapping gives it back', async () => {
  const made = await dataKey()
  expect(made).toEqual({ generation: 1, plaintext: expect.stringMatching(/^[\w-]{43}$/), wrapped: expect.any(String) })
  const opened = await unwrap(made['wrapped'], { purpose: 'export', tenant: 'acme' }) // whatever the order of its names
  expect(opened).toMatchObject({ status: 200, body: { generation: 1, plaintext: made['plaintext'] } })
  expect((await dataKey())['plaintext']).not.toBe(made['plaintext'])
})

test('after a rotation new data keys are of the new generation and old wrappings still open', async () => {
  const old = await dataKey()
  await host.put('acme', { generation: 4 })
  const fresh = await dataKey()
  expect(fresh['generation']).toBe(4)
  for (const made of [old, fresh]) {
    expect((await unwrap(made['wrapped'])).body['plaintext']).toBe(made['plaintext'])
  }
  expect(await host.observe('acme')).toMatchObject({ generation: 4, generations: [1, 4], missing: [] })
})

test('a wrapping opens for nobody else: not with another context, not when changed, not by another key', async () => {
  await host.put('hooli', { generation: 1 })
  const { wrapped, plaintext } = await dataKey()
  const text = String(wrapped)
  await host.put('acme', { generation: 2 })
  const [format, id, , body = ''] = text.split('.')
  const edited = `${format}.${id}.1.${body.startsWith('A') ? 'B' : 'A'}${body.slice(1)}`
  const refused = [
    await unwrap(text, { tenant: 'hooli', purpose: 'export' }),
    await unwrap(text, { tenant: 'acme' }),
    await unwrap(text, { ...context, more: 'x' }),
    await unwrap(edited),
    await unwrap(`${format}.${id}.2.${body}`), // as if of another generation
    await unwrap(`${format}.${id}.3.${body}`), // of one that never was
    await unwrap(text.slice(0, -1)),
    await unwrap('../../1.key'),
    await unwrap(text, context, 'hooli'),
  ]
  for (const answer of refused) {
    expect(answer).toMatchObject({ status: 422, code: 'key.refused' })
    expect(answer.text).not.toContain(String(plaintext))
  }
  expect((await unwrap(text)).status).toBe(200)
})

test.each([
  [{}, 'context'],
  [{ context: {} }, 'context'],
  [{ context: 'acme' }, 'context'],
  [{ context: { tenant: 7 } }, 'context'],
  [{ context: { 'Tenant ': 'acme' } }, 'context'],
  [{ context, generation: 1 }, 'generation'],
])('a data key for %j is not handed out', async (body, field) => {
  expect(await host.post('acme', 'data-key', body)).toMatchObject({ status: 422, code: 'resource.invalid', field })
})

test.each([[{ generation: 0 }], [{ generation: 1.5 }], [{ generation: '2' }], [{ generations: 2 }], [[]], [null]])(
  'a key of %j is not made',
  (inputs) => {
    expect(() => keyKind.parse(inputs)).toThrow(expect.objectContaining({ code: 'resource.invalid' }))
  },
)

test('a lower generation is refused by name, and is never a replacement', () => {
  expect(() => keyKind.change({ generation: 3 }, { generation: 2 })).toThrow(
    expect.objectContaining({ code: 'resource.invalid', extra: expect.objectContaining({ field: 'generation' }) }),
  )
  expect(keyKind.change({ generation: 3 }, { generation: 3 })).toEqual({ how: 'none' })
  expect(keyKind.change({ generation: 3 }, { generation: 4 })).toEqual({ how: 'in-place' })
})

test('keys are files of their own that only their owner reads, and are made once', async () => {
  const at = host.context('acme').folder
  const before = await readFile(join(at, '1.key'), 'utf8')
  await host.put('acme', { generation: 1 })
  await host.put('acme', { generation: 2 })
  expect(await readFile(join(at, '1.key'), 'utf8')).toBe(before)
  expect((await readdir(at)).toSorted()).toEqual(['1.key', '2.key', 'key.json'])
  for (const name of await readdir(at)) expect((await stat(join(at, name))).mode & 0o777).toBe(0o600)
})

test('one that was interrupted before it was noted is gone on with', async () => {
  const at = host.context('acme').folder
  await writeFile(join(at, '2.key'), `${Buffer.alloc(32, 7).toString('base64url')}\n`, { mode: 0o600 })
  await host.put('acme', { generation: 2 })
  expect(await readFile(join(at, '2.key'), 'utf8')).toBe(`${Buffer.alloc(32, 7).toString('base64url')}\n`)
})

test('a generation whose file is lost is said and never made anew, the others go on', async () => {
  const old = await dataKey()
  await host.put('acme', { generation: 2 })
  const at = host.context('acme').folder
  await rm(join(at, '1.key'))
  expect(await unwrap(old['wrapped'])).toMatchObject({ status: 500, code: 'key.missing' })
  expect(await host.observe('acme')).toMatchObject({ missing: [1] })
  expect((await dataKey())['generation']).toBe(2)
  await rm(join(at, '2.key'))
  await expect(host.put('acme', { generation: 2 })).rejects.toEqual(expect.objectContaining({ code: 'key.missing' }))
  expect(await readdir(at)).toEqual(['key.json'])
})

test('deleted, it opens nothing any more, and one made under the same name is another', async () => {
  const { wrapped } = await dataKey()
  await host.remove('acme')
  await host.put('acme', { generation: 1 })
  expect(await unwrap(wrapped)).toMatchObject({ status: 422, code: 'key.refused' })
})
