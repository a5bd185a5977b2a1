import { readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { servedPlane, type ServedPlane } from '../../test/support/cli.ts'
import { REGION_SETTINGS } from '../../test/support/region-settings.ts'
import { tokenServer, type TokenServer } from '../../test/support/token-server.ts'

let plane: ServedPlane
let cluster: TokenServer
beforeAll(async () => {
  ;[plane, cluster] = await Promise.all([servedPlane(), tokenServer()])
  const settings = { ...REGION_SETTINGS, accessKubeconfig: cluster.kubeconfig }
  await plane.rows(`update regions set settings = $1 where name = 'local-1'`, [settings])
  await plane.cell('main')
  await plane.customer('lodger')
  await plane.customer('acme', { plan: 'team-private' })
})
afterAll(async () => {
  await plane.close()
  await cluster.close()
})
const file = (name: string) => path.join(plane.folder, name)
const exists = async (name: string) =>
  stat(file(name)).then(
    () => true,
    () => false,
  )

test('it goes into a file that only its owner reads, and is shown nowhere', async () => {
  const line = `tenants kubeconfig acme --role tenant-admin --expires-in 30m --out ${file('acme')}`
  const { code, out } = await plane.as(line)
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(/^tenant-admin of acme until \S+Z: kubectl --kubeconfig \S+ get pods$/),
  ])
  expect(cluster.asked.at(-1)?.body.spec.expirationSeconds).toBe(1800)
  expect((await stat(file('acme'))).mode & 0o777).toBe(0o600)
  expect(await readFile(file('acme'), 'utf8')).toContain(cluster.tokens.at(-1))
  const { out: json } = await plane.as(
    `tenants kubeconfig acme --role tenant-viewer --expires-in 1h --out ${file('json')} -o json`,
  )
  expect(JSON.parse(json)).toMatchObject({ tenant: 'acme', role: 'tenant-viewer', file: file('json') })
  expect(json).not.toContain(cluster.tokens.at(-1))
})

test('without a file it is what is printed, ready to be piped', async () => {
  const { code, out } = await plane.as('tenants kubeconfig acme --role tenant-viewer')
  expect([code, out.split('\n')[0]]).toEqual([0, 'apiVersion: v1'])
  expect(out).toContain(cluster.tokens.at(-1))
  expect(cluster.asked.at(-1)?.body.spec.expirationSeconds).toBe(3600)
})

test('a file that exists stays as it is, and no token is made; one that was refused leaves no file', async () => {
  await writeFile(file('kept'), 'mine')
  const before = cluster.asked.length
  expect(await plane.as(`tenants kubeconfig acme --role tenant-admin --out ${file('kept')}`)).toMatchObject({
    code: 2,
    err: expect.stringContaining('does not exist yet'),
  })
  expect(cluster.asked).toHaveLength(before)
  expect(await readFile(file('kept'), 'utf8')).toBe('mine')
  expect(await plane.as(`tenants kubeconfig lodger --role tenant-admin --out ${file('none')}`)).toMatchObject({
    code: 5,
    err: expect.stringContaining('kubeconfig.not-private'),
  })
  expect(await exists('none')).toBe(false)
})

test.each([
  ['no role', 'acme'],
  ['a role that is none', 'acme --role cluster-admin'],
  ['days', 'acme --role tenant-viewer --expires-in 2d'],
  ['five minutes', 'acme --role tenant-viewer --expires-in 5m'],
  ['more than a day', 'acme --role tenant-viewer --expires-in 25h'],
  ['words', 'acme --role tenant-viewer --expires-in soon'],
])('%s is a mistake of the command line', async (_what, line) => {
  const before = cluster.asked.length
  expect(await plane.as(`tenants kubeconfig ${line}`)).toMatchObject({ code: 2, out: '' })
  expect(cluster.asked).toHaveLength(before)
})
