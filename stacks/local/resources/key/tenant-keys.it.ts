import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endKeyGeneration, keyState } from '../../../dedicated/backups/key-client.ts'
import { tenantKeys } from '../../../../control-plane/platform/tenant-keys.ts'
import { bareContext } from '../../../../test/support/bare-context.ts'
import { resourcesApi, TEST_TOKENS } from '../../../../test/support/resources-api.ts'
import { createFleet, type Fleet } from '../../daemon/fleet.ts'
import { anyKind } from '../resource-kind.ts'
import { openResources } from '../resources.ts'
import { keyKind } from './key.ts'

let folder: string
let fleet: Fleet
let api: ReturnType<typeof resourcesApi>
let resources: Awaited<ReturnType<typeof openResources>>
let at: { url: string; keyTokenFile: string; name: string }
let tokenFile: string
const signal = new AbortController().signal
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-tenant-keys-'))
  const context = await bareContext(folder)
  const { paths, record, log } = context
  fleet = createFleet([], { paths, estateId: record.id, log, onState: () => undefined })
  resources = await openResources({ context, fleet, kinds: [anyKind(keyKind)] })
  api = resourcesApi({ context, fleet, resources })
  await api.listen({ host: '127.0.0.1', port: record.portBase })
  const keyTokenFile = join(folder, 'keys.token')
  await writeFile(keyTokenFile, `${TEST_TOKENS.keys}\n`)
  tokenFile = join(folder, 'resources.token')
  await writeFile(tokenFile, `${TEST_TOKENS.resources}\n`)
  at = { url: `http://127.0.0.1:${record.portBase}`, keyTokenFile, name: 'acme-key' }
})
afterAll(async () => {
  await api?.close()
  await resources?.stop()
  await fleet?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Asks for the key at this generation, and returns when it is. */
async function generation(wanted: number): Promise<void> {
  await resources.put('key', 'acme-key', { generation: wanted }, undefined)
  await expect.poll(async () => (await resources.get('key', 'acme-key')).observed).toMatchObject({ generation: wanted })
}
const ask = (method: 'GET' | 'PUT' | 'DELETE', url: string) =>
  api.inject({ method, url, headers: { authorization: `Bearer ${TEST_TOKENS.keys}` } })
const CONTEXT = { tenant: 'acme', export: 'first' }

test('what was wrapped before a rotation opens after it, by its own context alone; and nothing when the key is gone', async () => {
  await generation(1)
  const before = await tenantKeys.make(at, CONTEXT)
  await generation(2)
  const after = await tenantKeys.make(at, { ...CONTEXT, export: 'second' })
  expect(after.plaintext.equals(before.plaintext)).toBe(false)
  expect((await tenantKeys.unwrap(at, before.wrapped, CONTEXT)).equals(before.plaintext)).toBe(true)
  expect((await tenantKeys.unwrap(at, after.wrapped, { ...CONTEXT, export: 'second' })).equals(after.plaintext)).toBe(
    true,
  )
  const refused = { code: 'tenant-key.refused', retryable: false }
  await expect(tenantKeys.unwrap(at, before.wrapped, { ...CONTEXT, export: 'second' })).rejects.toMatchObject(refused)
  await expect(tenantKeys.unwrap({ ...at, name: 'globex-key' }, before.wrapped, CONTEXT)).rejects.toMatchObject(refused)
  await resources.remove('key', 'acme-key', undefined)
  await expect
    .poll(() => tenantKeys.unwrap(at, before.wrapped, CONTEXT).catch((error: unknown) => error))
    .toMatchObject(refused)
})

test('a wrapping is made anew by the newest generation without its plaintext, and an older one ends for good', async () => {
  const owner = { ...at, tokenFile, key: 'initech-key' }
  const key = { ...at, name: 'initech-key' }
  const turn = async (wanted: number) => {
    await resources.put('key', key.name, { generation: wanted }, undefined)
    await expect.poll(async () => (await keyState(owner, signal)).newest).toBe(wanted)
  }
  await turn(1)
  const [one, other] = [await tenantKeys.make(key, CONTEXT), await tenantKeys.make(key, CONTEXT)]
  await turn(2)
  const anew = await tenantKeys.rewrap(key, one.wrapped, CONTEXT)
  expect(anew).toEqual({ wrapped: expect.not.stringContaining(one.wrapped), generation: 2 })
  await expect(tenantKeys.rewrap(key, one.wrapped, { ...CONTEXT, export: 'x' })).rejects.toMatchObject({
    code: 'tenant-key.refused',
  })
  for (let round = 0; round < 2; round += 1) await endKeyGeneration(owner, 1, signal) // again it is the same
  expect((await resources.get('key', key.name)).observed).toMatchObject({ generations: [2], ended: [1], missing: [] })
  expect((await tenantKeys.unwrap(key, anew.wrapped, CONTEXT)).equals(one.plaintext)).toBe(true)
  await expect(tenantKeys.unwrap(key, other.wrapped, CONTEXT)).rejects.toMatchObject({ code: 'tenant-key.refused' })
  for (const newest of [2, 7])
    await expect(endKeyGeneration(owner, newest, signal)).rejects.toMatchObject({ code: 'target.refused' })
  expect(await keyState(owner, signal)).toEqual({ newest: 2, generations: [2] })
  await expect(keyState({ ...owner, key: 'nobodys' }, signal)).rejects.toMatchObject({ code: 'target.refused' })
})

test('its token uses keys and does nothing else; what does not answer passes', async () => {
  for (const [method, url] of [
    ['GET', '/resources'],
    ['GET', '/resources/key/acme-key'],
    ['PUT', '/resources/key/acme-key'],
    ['DELETE', '/resources/key/acme-key'],
    ['DELETE', '/resources/key/acme-key/generations/1'],
    ['GET', '/servers'],
    ['GET', '/edge/routes'],
  ] as const)
    expect([method, url, (await ask(method, url)).statusCode]).toEqual([method, url, 401])
  const away = { code: 'tenant-key.unreachable', retryable: true }
  await expect(tenantKeys.make({ ...at, url: 'http://127.0.0.1:1' }, CONTEXT)).rejects.toMatchObject(away)
  await expect(tenantKeys.make({ ...at, keyTokenFile: join(folder, 'none') }, CONTEXT)).rejects.toMatchObject(away)
})
