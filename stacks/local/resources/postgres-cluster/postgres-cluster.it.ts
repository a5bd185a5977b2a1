import { execFile } from 'node:child_process'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../../../test/support/postgres.ts'
import { testCluster, type TestCluster } from '../../../../test/support/postgres-cluster.ts'
import { makeAuthority } from '../../credentials/certificates.ts'
import { programsFor } from '../../servers/postgres-data.ts'
import { clusterPaths, readPasswords } from './cluster-files.ts'
import { postgresClusterKind } from './postgres-cluster.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await testCluster({ throwAway: true })
  await cluster.start()
})
afterAll(() => cluster.remove())

const paths = () => clusterPaths(cluster.at.folder)
const primaryPort = () => cluster.at.port('postgres-1')

/** Tries to get in; the answer is the refusal. */
async function tryConnect(config: ConstructorParameters<typeof Client>[0]): Promise<string> {
  const client = new Client({
    host: '127.0.0.1',
    database: 'postgres',
    connectionTimeoutMillis: 5000,
    ...(config as object),
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return 'connected'
  } catch (error) {
    return String(error)
  } finally {
    await client.end()
  }
}

test('a standby streams what the primary writes, and both say who they are', async () => {
  await cluster.on('postgres-1', (client) => client.query('create table seen as select 1 as n'))
  await until(() => cluster.on('postgres-2', (client) => client.query('select n from seen')))
  const standby = await cluster.seen('postgres-2', (seen) =>
    expect(seen).toMatchObject({ lagBytes: 0, syncState: 'async' }),
  )
  expect(standby).toMatchObject({
    up: true,
    role: 'standby',
    inRecovery: true,
    fault: null,
    timeline: 1,
    slot: 'reserved',
  })
  expect(standby.replayedLsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/)
  const { primary, writable, members } = await cluster.observe()
  expect([primary, writable]).toEqual(['postgres-1', ['postgres-1']])
  expect(members['postgres-1']).toMatchObject({
    up: true,
    role: 'primary',
    inRecovery: false,
    lagBytes: null,
    syncState: null,
  })
  expect(members['postgres-1']?.version).toMatch(/^\d+\.\d+/)
  await expect(cluster.on('postgres-2', (client) => client.query('create table other (n int)'))).rejects.toThrow(
    'read-only',
  )
})

test('what is kept for a standby that is gone is bounded, and both members could be the primary', async () => {
  for (const member of ['postgres-1', 'postgres-2'] as const) {
    const { rows } = await cluster.on(member, (client) =>
      client.query(
        "select name, setting from pg_settings where name in ('max_slot_wal_keep_size', 'wal_level', 'ssl', 'wal_log_hints', 'max_connections')",
      ),
    )
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      max_slot_wal_keep_size: '4096',
      wal_level: 'logical',
      ssl: 'on',
      wal_log_hints: 'on',
      max_connections: '100',
    })
  }
})

test.each([['postgres-1'], ['postgres-2']] as const)(
  'nobody gets into %s in clear, or with another authority, or without the password',
  async (member) => {
    const port = cluster.at.port(member)
    const { admin: password } = await readPasswords(paths())
    const ca = await readFile(paths().authority, 'utf8')
    const right = { port, user: 'steward_admin', password }
    expect(await tryConnect({ ...right, ssl: { ca } })).toBe('connected')
    expect(await tryConnect(right)).toMatch(/no pg_hba.conf entry .* no encryption/)
    expect(await tryConnect({ ...right, ssl: { ca: (await makeAuthority('stranger')).certificate } })).toMatch(
      /certificate/,
    )
    expect(await tryConnect({ ...right, password: 'guessed', ssl: { ca } })).toMatch(/password authentication failed/)
    expect(await tryConnect({ port, user: 'postgres', ssl: { ca } })).not.toBe('connected')
  },
)

test('it listens on loopback alone', async () => {
  const table = await readFile('/proc/net/tcp', 'utf8')
  const open = (await readFile('/proc/net/tcp6', 'utf8').catch(() => '')) + table
  for (const name of ['postgres-1', 'postgres-2', 'endpoint']) {
    const hex = cluster.at.port(name).toString(16).toUpperCase().padStart(4, '0')
    const listening = open
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1]?.endsWith(`:${hex}`) && fields[3] === '0A')
    expect(listening.map((fields) => fields[1])).toEqual([`0100007F:${hex}`])
  }
})

test('the sweeper reads everything, past row-level security, and writes nothing', async () => {
  await cluster.on('postgres-1', async (client) => {
    await client.query(
      'create table rows (n int); alter table rows enable row level security; alter table rows force row level security',
    )
    await client.query('insert into rows values (7)')
  })
  const sweep = new Client({ connectionString: await cluster.urlOf('postgres-1', 'sweep') })
  await sweep.connect()
  try {
    expect((await sweep.query('select n from rows')).rows).toEqual([{ n: 7 }])
    await expect(sweep.query('insert into rows values (8)')).rejects.toThrow('read-only')
    await sweep.query('set default_transaction_read_only = off')
    await expect(sweep.query('insert into rows values (8)')).rejects.toThrow('permission denied')
    await expect(sweep.query('create table mine (n int)')).rejects.toThrow('permission denied')
    await expect(sweep.query('create role mine')).rejects.toThrow('permission denied')
  } finally {
    await sweep.end()
  }
})

test('the replication login gets into no database', async () => {
  const { replication: password } = await readPasswords(paths())
  const ca = await readFile(paths().authority, 'utf8')
  const asked = { port: primaryPort(), user: 'steward_replication', password, ssl: { ca } }
  expect(await tryConnect({ ...asked, database: 'template1' })).toMatch(/rejects connection/)
})

test('the URL file takes a program of PostgreSQL to the primary, whichever of the two that is', async () => {
  const url = (await readFile(paths().adminUrl, 'utf8')).trim()
  const { binaries } = await programsFor(process.env, paths().data('postgres-1'))
  const swapped = url.replace(/@([^,]+),([^/]+)\//, '@$2,$1/') // the standby first
  for (const each of [url, swapped]) {
    const { stdout } = await promisify(execFile)(join(binaries.folder, 'psql'), [
      each,
      '-tAc',
      'select pg_is_in_recovery()',
    ])
    expect(stdout.trim()).toBe('f')
  }
})

test('passwords and keys are in files for their owner only, and in nothing that is told', async () => {
  const { admin, sweep, replication } = await readPasswords(paths())
  const holds = (text: string) =>
    [admin, sweep, replication].some((secret) => text.includes(secret)) || text.includes('PRIVATE KEY')
  const files = await readdir(cluster.at.folder, { recursive: true, withFileTypes: true })
  let found = 0
  for (const file of files.filter((each) => each.isFile())) {
    const path = join(file.parentPath, file.name)
    if (!holds(await readFile(path, 'latin1'))) continue
    found += 1
    expect([path, (await stat(path)).mode & 0o777]).toEqual([path, 0o600])
    expect(path).not.toMatch(/data\/(postgresql|pg_hba)/)
  }
  expect(found).toBeGreaterThanOrEqual(7)
  for (const name of await readdir(cluster.at.paths.logs)) {
    expect(holds(await readFile(join(cluster.at.paths.logs, name), 'utf8'))).toBe(false)
  }
  const outputs = cluster.current().outputs()
  expect(outputs).toMatchObject({ host: '127.0.0.1', 'postgres-1': primaryPort(), adminUrlFile: paths().adminUrl })
  expect(holds(JSON.stringify([outputs, await cluster.observe()]))).toBe(false)
  const commands = await readdir('/proc').then((names) => names.filter((name) => /^\d+$/.test(name)))
  for (const pid of commands) expect(holds(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))).toBe(false)
})

test('made again with the same inputs nothing changes; other inputs change it in place, whoever is asked', async () => {
  const before = await readFile(paths().passwords, 'utf8')
  await cluster.stop()
  await cluster.start()
  expect(await readFile(paths().passwords, 'utf8')).toBe(before)
  const base = { standbys: 1, maxConnections: 100 } as const
  expect(postgresClusterKind.change(base, { ...base })).toEqual({ how: 'none' })
  expect(postgresClusterKind.change(base, { ...base, maxConnections: 50 })).toEqual({ how: 'in-place' })
})

test('fewer connections, then more, arrive at both members while the standby goes on following', async () => {
  for (const maxConnections of [30, 60]) {
    await cluster.stop()
    await cluster.start({ maxConnections })
    await cluster.on('postgres-1', (client) => client.query(`create table at_${maxConnections} (n int)`))
    await until(() => cluster.on('postgres-2', (client) => client.query(`select from at_${maxConnections}`)))
    const { rows } = await cluster.on('postgres-1', (client) => client.query('show max_connections'))
    expect(rows).toEqual([{ max_connections: String(maxConnections) }])
  }
})

test('a standby that is not wanted any more goes with its slot, and one that is wanted again is copied anew', async () => {
  await cluster.stop()
  await cluster.start({ standbys: 0 })
  expect(cluster.current().names()).toEqual([
    'acme.endpoint',
    'acme.postgres-logins',
    'acme.postgres-1',
    'acme.postgres-2-retired',
  ])
  const slots = () => cluster.on('postgres-1', (client) => client.query('select slot_name from pg_replication_slots'))
  expect((await slots()).rows).toEqual([])
  await expect(stat(paths().member('postgres-2'))).rejects.toThrow('ENOENT')
  await cluster.on('postgres-1', (client) => client.query('create table alone (n int)'))
  await cluster.stop()
  await cluster.start({ standbys: 1 })
  await cluster.on('postgres-2', (client) => client.query('select from alone'))
  expect((await slots()).rows).toEqual([{ slot_name: 'postgres_2' }])
})

test.each([
  [{ standbys: 2 }, 'standbys'],
  [{ standbys: '1' }, 'standbys'],
  [{ maxConnections: 5 }, 'maxConnections'],
  [{ maxConnections: 99.5 }, 'maxConnections'],
  [{ primary: 'postgres-2' }, 'primary'],
  [null, 'inputs'],
])('a cluster of %j is not made', (inputs, field) => {
  expect(() => postgresClusterKind.parse(inputs)).toThrow(
    expect.objectContaining({ code: 'resource.invalid', extra: expect.objectContaining({ field }) }),
  )
})
