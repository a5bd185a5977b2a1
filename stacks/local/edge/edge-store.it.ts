import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { edgeApi } from './edge-api.ts'
import { openEdgeStore } from './edge-store.ts'
import { openRoute } from './edge-table.ts'

async function stateFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-edge-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'edge', 'routes.json')
}
const route = (host: string, epoch: number) => ({ host, target: 'http://127.0.0.1:1', unit: 'u', tenant: 't', epoch })

test('a hundred concurrent changes are all on disk when they are acknowledged, and the refused one is not', async () => {
  const file = await stateFile()
  const store = openEdgeStore(file)
  const all = Array.from({ length: 100 }, (_, index) =>
    store.change((table) => openRoute(table, route(`h${index}.example`, 5))),
  )
  const late = store.change((table) => openRoute(table, route('h0.example', 4)))
  await expect(late).rejects.toMatchObject({ code: 'effect.fenced' })
  await Promise.all(all)
  const again = openEdgeStore(file)
  expect(again.current().size).toBe(100)
  expect(again.current().get('h0.example')?.epoch).toBe(5)
})

test('a change that cannot be written is refused and forgotten', async () => {
  const file = await stateFile()
  await writeFile(join(file, '..', '..', 'edge'), 'in the way')
  const store = openEdgeStore(join(file))
  await expect(store.change((table) => openRoute(table, route('a.example', 1)))).rejects.toThrow(/EEXIST|ENOTDIR/)
  expect(store.current().size).toBe(0)
})

test('a state file of another version is refused by name', async () => {
  const file = await stateFile()
  await openEdgeStore(file).change((table) => openRoute(table, route('a.example', 1)))
  await writeFile(file, (await readFile(file, 'utf8')).replace('"version":1', '"version":2'))
  expect(() => openEdgeStore(file)).toThrow(/version 2/)
})

test.each([
  ['a host with a port', 'a.example:80', {}],
  ['an upper-case host', 'A.example', {}],
  ['a target with a path', 'a.example', { target: 'http://127.0.0.1:1/x' }],
  ['a target that is not http', 'a.example', { target: 'file:///etc/passwd' }],
  ['a missing tenant', 'a.example', { tenant: '' }],
  ['an epoch that is no whole number', 'a.example', { epoch: 1.5 }],
])('%s is refused and changes nothing', async (_what, host, change) => {
  const store = openEdgeStore(await stateFile())
  const answer = await edgeApi(store, { method: 'PUT', host, query: {}, body: { ...route(host, 1), ...change } })
  expect(answer).toMatchObject({ status: 400, body: { code: 'edge.route-invalid' } })
  expect(store.current().size).toBe(0)
})
