import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  ask,
  type LedgerDatabase,
  ledgerDatabase,
  tenant,
  type TenantsFolder,
  tenantsFolder,
} from '../../../../test/support/ledger.ts'
import { until, withClient } from '../../../../test/support/postgres.ts'
import { createImageStore } from '../../node/image-store.ts'

let home: string
let store: ReturnType<typeof createImageStore>
let mount: TenantsFolder
beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'ledger-image-'))
  store = createImageStore({ images: [path.resolve(import.meta.dirname, '..')], home })
  mount = await tenantsFolder([tenant('acme')])
})
afterAll(async () => {
  await rm(home, { recursive: true, force: true })
  await mount.remove()
})
let unit: LedgerDatabase
beforeEach(async () => {
  unit = await ledgerDatabase()
})
afterEach(() => unit.drop())

/** Runs an image as the node does: node, the bundle, and nothing of the environment but what the pod gets. */
async function run(tag: string, args: string[], env: Record<string, string>) {
  const { main } = await store.pull(`ledger:${tag}`)
  const child = spawn(process.execPath, [main, ...args], { env, cwd: home, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trim().split('\n')))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, lines, ended }
}
const migrate = async (
  tag: string,
  phase: string,
  env: Record<string, string> = { DATABASE_URL: unit.appUrl, MIGRATION_DATABASE_URL: unit.ownerUrl },
) => {
  const { lines, ended } = await run(tag, ['migrate', '--phase', phase], env)
  return { code: await ended, last: lines.at(-1), lines }
}
const tables = async () =>
  (
    await withClient(unit.superuser, (client) =>
      client.query<{ name: string }>(`select tablename as name from pg_tables where schemaname = 'public' order by 1`),
    )
  ).rows.map(({ name }) => name)
const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })

describe('migrate', () => {
  test('finds its migrations beside the bundle and says what it did', async () => {
    expect(await migrate('1.0.0', 'expand')).toEqual({
      code: 0,
      last: 'ledger 1.0.0 expand: 1 applied',
      lines: ['applied 0001_accounts_and_entries.expand.sql', 'ledger 1.0.0 expand: 1 applied'],
    })
    expect(await migrate('1.0.0', 'expand')).toMatchObject({ code: 0, last: 'ledger 1.0.0 expand: nothing to do' })
    expect(await tables()).toEqual(['accounts', 'entries', 'postings', 'schema_migrations'])
  })

  test('a bad one exits with 3, its last line says why, the schema is as it was', async () => {
    expect(await migrate('1.2.0-bad-migration', 'expand')).toMatchObject({
      code: 3,
      last: 'ledger 1.2.0-bad-migration expand failed and left the schema as it was: 0004_fiscal_years.expand.sql: column "fiscal_year" does not exist',
    })
    expect(await tables()).toEqual([])
  })

  test('a database that is away exits with 1: another attempt may succeed', async () => {
    const away = `postgres://owner:secret@127.0.0.1:${await freePort()}/x`
    const { code, lines } = await migrate('1.0.0', 'expand', { DATABASE_URL: away, MIGRATION_DATABASE_URL: away })
    expect(code).toBe(1)
    expect(lines.join()).toMatch(/ECONNREFUSED/)
    expect(lines.join()).not.toContain('secret')
  })

  test.each([
    ['an unknown phase', ['migrate', '--phase', 'shrink'], 2, 'usage: ledger serve'],
    ['no phase', ['migrate'], 2, 'usage: ledger serve'],
    ['an unknown command', ['destroy'], 2, 'usage: ledger serve'],
    ['an unknown option', ['serve', '--fast'], 2, "Unknown option '--fast'"],
  ])('%s exits with 2 and the usage', async (_what, args, code, message) => {
    const { lines, ended } = await run('1.0.0', args, {})
    expect(await ended).toBe(code)
    expect(lines.join('\n')).toContain(message)
  })
})

describe('serve', () => {
  test('names every fault of its configuration at once', async () => {
    const { lines, ended } = await run('1.0.0', ['serve'], {
      PORT: 'http',
      REPLICAS: '0',
      DATABASE_URL: 'not a url with secret',
    })
    expect(await ended).toBe(1)
    expect(lines.at(-1)).toBe(
      'configuration: PORT must be a whole number from 0 to 65535; DATABASE_URL is not a URL; TENANTS_FILE is not set; REPLICAS must be a whole number from 1 to 1000',
    )
  })

  test('serves its tag; SIGTERM fails readiness first, then it stops and exits with 0', async () => {
    await migrate('1.1.0', 'expand')
    const port = await freePort()
    const env = {
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: unit.appUrl,
      TENANTS_FILE: mount.file,
      DRAIN_MS: '300',
    }
    const { child, ended } = await run('1.1.0', ['serve'], env)
    await until(async () => expect((await ask(port, null, '/readyz')).status).toBe(200))
    expect((await ask(port, null, '/version')).json).toMatchObject({ tag: '1.1.0', tenantsRevision: 1 })
    expect((await ask(port, 'acme.localhost', '/whoami')).json).toMatchObject({ tenant: 'acme', version: '1.1.0' })
    child.kill('SIGTERM')
    await until(async () => expect((await ask(port, null, '/readyz')).status).toBe(503))
    expect((await ask(port, 'acme.localhost', '/accounts')).status).toBe(200)
    expect(await ended).toBe(0)
  })

  test('a port in use ends it', async () => {
    const taken = createServer()
    const port = await new Promise<number>((resolve) =>
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
    )
    const { lines, ended } = await run('1.0.0', ['serve'], {
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: unit.appUrl,
      TENANTS_FILE: mount.file,
    })
    expect(await ended).toBe(1)
    expect(lines.join()).toContain('EADDRINUSE')
    taken.close()
  })
})

test('tags are images of their own', async () => {
  const ids = new Set<string>()
  for (const tag of ['1.0.0', '1.1.1-errors', '1.1.2-slow']) ids.add((await store.pull(`ledger:${tag}`)).id)
  expect(ids.size).toBe(3)
})
