import { chown, mkdir, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { until } from '../../../../test/support/postgres.ts'
import { testCluster, type TestCluster } from '../../../../test/support/postgres-cluster.ts'
import { ESTATE_MARK } from '../../servers/context.ts'
import { withEnvironment } from '../../../process/proc.ts'
import { clusterPaths } from './cluster-files.ts'
import type { MemberName } from './members.ts'

vi.setConfig({ testTimeout: 180_000 })

let cluster: TestCluster
beforeEach(async () => {
  cluster = await testCluster({ throwAway: true })
  return () => cluster.remove()
})
/** One that has on the disk what it acknowledged, for a test that kills it while it is written to. */
async function makeDurable(): Promise<void> {
  await cluster.remove()
  cluster = await testCluster()
}
const data = (member: MemberName) => clusterPaths(cluster.at.folder).data(member)
/** Acknowledged is written: a throw-away cluster would say so before, and lose it with the process that is killed. */
const change = (member: MemberName, text: string) =>
  cluster.on(member, async (client) => {
    await client.query('set synchronous_commit = on')
    await client.query(text)
  })
const write = (member: MemberName, n: number) => change(member, `insert into acknowledged values (${n})`)
const rowsOf = async (member: MemberName): Promise<number[]> => {
  const { rows } = await cluster.on(member, (client) =>
    client.query<{ n: number }>('select n from acknowledged order by n'),
  )
  return rows.map(({ n }) => n)
}
const streaming = (member: MemberName = 'postgres-2') =>
  cluster.seen(member, (seen) => expect(seen).toMatchObject({ up: true, syncState: 'async', lagBytes: 0 }))
async function startFilled(inputs: unknown = {}): Promise<void> {
  await cluster.start(inputs)
  await change('postgres-1', 'create table acknowledged (n int primary key)')
  await write('postgres-1', 1)
}
/** A failover as a drill does it: the old primary is ended first, then the standby is promoted. */
async function failOver(): Promise<void> {
  await streaming()
  await cluster.current().process('postgres-1').kill({ stayDown: true })
  await cluster.on('postgres-2', (client) => client.query('select pg_promote()'))
}

test('a primary that is killed comes back as the primary with every row it acknowledged, and is followed again', async () => {
  await makeDurable()
  await startFilled()
  await streaming()
  const acknowledged = [1]
  const writing = (async () => {
    for (let n = 2; ; n += 1) {
      await write('postgres-1', n)
      acknowledged.push(n)
    }
  })()
  const broken = expect(writing).rejects.toThrow()
  await until(async () => expect(acknowledged.length).toBeGreaterThan(20))
  await cluster.current().process('postgres-1').kill()
  await broken
  await cluster.seen('postgres-1', (seen) =>
    expect(seen).toMatchObject({ up: true, role: 'primary', inRecovery: false, timeline: 1 }),
  )
  expect(await rowsOf('postgres-1')).toEqual(expect.arrayContaining(acknowledged))
  await streaming()
  expect(await rowsOf('postgres-2')).toEqual(await rowsOf('postgres-1'))
})

test('a standby that is killed comes back and catches up; the primary goes on meanwhile', async () => {
  await startFilled()
  await streaming()
  await cluster.current().process('postgres-2').kill({ stayDown: true })
  await write('postgres-1', 2)
  const { primary, members } = await cluster.observe()
  expect(primary).toBe('postgres-1')
  expect(members['postgres-2']).toMatchObject({
    up: false,
    role: 'standby',
    fault: expect.stringContaining('ECONNREFUSED'),
    syncState: null,
  })
  await cluster.current().process('postgres-2').start()
  await streaming()
  expect(await rowsOf('postgres-2')).toEqual([1, 2])
})

test('a frozen standby is seen to be down, holds nobody up, and catches up when it goes on', async () => {
  await startFilled()
  await streaming()
  await cluster.current().process('postgres-2').freeze()
  await write('postgres-1', 2)
  await cluster.seen('postgres-2', (seen) =>
    expect(seen).toMatchObject({ up: false, inRecovery: null, lagBytes: null, fault: expect.any(String) }),
  )
  expect((await cluster.observe()).members['postgres-1']).toMatchObject({ up: true, fault: null })
  await cluster.current().process('postgres-2').resume()
  await streaming()
  expect(await rowsOf('postgres-2')).toEqual([1, 2])
})

test('a cluster whose standby is frozen can be ended in order', async () => {
  await startFilled()
  await streaming()
  const standby = cluster.current().process('postgres-2')
  await standby.freeze()
  await cluster.current().process('postgres-1').stop()
  await cluster.current().process('postgres-1').start()
  await standby.resume()
  await streaming()
})

test('everything killed at once comes back as it was', async () => {
  await startFilled()
  await streaming()
  await cluster.current().killAll()
  await cluster.start()
  await streaming()
  expect(await rowsOf('postgres-2')).toEqual([1])
  expect((await cluster.observe()).primary).toBe('postgres-1')
})

test('a promoted standby stays the primary over every restart, and the deposed one is left down with its data', async () => {
  await startFilled()
  const behind = async () =>
    (await cluster.onPrimary((client) => client.query('select n from acknowledged order by n'))).rows
  expect(await behind()).toEqual([{ n: 1 }])
  await failOver()
  await write('postgres-2', 2)
  await until(async () => expect(await behind()).toEqual([{ n: 1 }, { n: 2 }]))
  const deposed = expect.objectContaining({
    code: 'server.failed',
    message: expect.stringContaining('postgres-2 was promoted'),
  })
  await expect(cluster.current().process('postgres-1').start()).rejects.toEqual(deposed) // in the same life, too
  for (const end of ['stop', 'kill'] as const) {
    if (end === 'stop') await cluster.stop()
    else await cluster.current().killAll()
    await cluster.start()
    await cluster.current().settled()
    expect(await rowsOf('postgres-2')).toEqual([1, 2])
    const { primary, writable, members } = await cluster.observe()
    expect([primary, writable]).toEqual(['postgres-2', ['postgres-2']])
    expect(members['postgres-2']).toMatchObject({ role: 'primary', timeline: 2, fault: null })
    expect(members['postgres-1']).toMatchObject({
      up: false,
      role: 'deposed',
      fault: expect.stringContaining('promoted over'),
      timeline: 1,
    })
    expect(cluster.current().process('postgres-1').status()).toMatchObject({ state: 'failed', pid: null })
  }
  expect(await readdir(data('postgres-1'))).toContain('PG_VERSION')
  expect(await readdir(data('postgres-1'))).not.toContain('standby.signal')
})

test('a standby that was killed right in its promotion is still the one that was promoted', async () => {
  await startFilled()
  await streaming()
  await cluster.current().process('postgres-1').kill({ stayDown: true })
  const standby = cluster.current().process('postgres-2')
  await cluster.on('postgres-2', (client) => client.query('select pg_promote(false)'))
  while ((await readdir(data('postgres-2'))).includes('standby.signal')) await setImmediate()
  await standby.kill({ stayDown: true }) // its control file still tells of the old timeline
  await cluster.start()
  await cluster.current().settled()
  expect((await cluster.observe()).writable).toEqual(['postgres-2'])
  expect(await rowsOf('postgres-2')).toEqual([1])
})

test('two that can be written and have one timeline are both left down', async () => {
  await startFilled()
  await streaming()
  await cluster.stop()
  await rm(join(data('postgres-2'), 'standby.signal'))
  const { started, settled } = await cluster.begin()
  await expect(started).rejects.toThrow('neither is started')
  await settled()
  const { primary, members } = await cluster.observe()
  expect(primary).toBeNull()
  for (const member of ['postgres-1', 'postgres-2'] as const)
    expect(members[member]).toMatchObject({
      up: false,
      role: 'undecided',
      fault: expect.stringContaining('same timeline'),
    })
})

test('a primary whose data is gone is not made anew; its standby serves what there is and can be promoted', async () => {
  await startFilled()
  await streaming()
  await cluster.stop()
  await rm(data('postgres-1'), { recursive: true })
  const { started, settled } = await cluster.begin()
  await expect(started).rejects.toThrow('the data of postgres-1 is gone')
  await settled()
  expect(await rowsOf('postgres-2')).toEqual([1])
  await cluster.on('postgres-2', (client) => client.query('select pg_promote()'))
  await cluster.stop()
  await cluster.start() // the other one is now a copy of it
  expect((await cluster.observe()).primary).toBe('postgres-2')
  await write('postgres-2', 2)
  await streaming('postgres-1')
  expect(await rowsOf('postgres-1')).toEqual([1, 2])
})

test('the log kept for a standby that is gone is bounded; one that lacks more is told, and copied anew when asked for anew', async () => {
  await startFilled()
  await streaming()
  await cluster.current().process('postgres-2').stop()
  await cluster.on('postgres-1', async (client) => {
    await client.query("alter system set max_slot_wal_keep_size = '16MB'")
    await client.query("alter system set wal_keep_size = '0'")
    await client.query('select pg_reload_conf()')
    for (let round = 0; round < 5; round += 1) {
      await client.query('select pg_switch_wal()')
      await client.query('create table if not exists filler (text text)')
      await client.query('insert into filler select repeat(md5(n::text), 40) from generate_series(1, 20000) as n')
      await client.query('checkpoint')
    }
  })
  await cluster.current().process('postgres-2').start()
  const fault = expect.stringContaining('copied anew') as string
  await cluster.seen('postgres-2', (seen) =>
    expect(seen).toMatchObject({ up: true, slot: 'lost', syncState: null, fault }),
  )
  for (const standbys of [0, 1]) {
    await cluster.stop()
    await cluster.start({ standbys })
  }
  await streaming()
  expect(await rowsOf('postgres-2')).toEqual([1])
})

test('what an interrupted initialization and an interrupted copy left is thrown away', async () => {
  const account = cluster.at.databaseAccount
  for (const member of ['postgres-1', 'postgres-2'] as const) {
    const half = join(clusterPaths(cluster.at.folder).member(member), 'data.new')
    await mkdir(half, { recursive: true })
    await writeFile(join(half, 'PG_VERSION'), '15\n')
    if (account) for (const path of [join(half, '..'), half]) await chown(path, account.uid, account.gid)
  }
  await startFilled()
  await streaming()
  expect(await rowsOf('postgres-2')).toEqual([1])
  for (const member of ['postgres-1', 'postgres-2'] as const)
    await expect(stat(join(clusterPaths(cluster.at.folder).member(member), 'data.new'))).rejects.toThrow('ENOENT')
})

/** The copying program of this cluster, while it runs. */
const copying = async (): Promise<number> => {
  const ours = await withEnvironment(ESTATE_MARK, cluster.at.record.id)
  for (const { pid } of ours)
    if ((await readlink(`/proc/${pid}/exe`).catch(() => '')).endsWith('pg_basebackup')) return pid
  throw new Error('nothing is copied now')
}

test.each(['the copy', 'the primary'])(
  'when %s is killed while a standby is copied, it is copied again to the end',
  async (what) => {
    await startFilled({ standbys: 0 })
    await cluster.on('postgres-1', (client) =>
      client.query('create table bulk as select repeat(md5(n::text), 30) as text from generate_series(1, 150000) as n'),
    )
    await cluster.stop()
    const { started } = await cluster.begin({ standbys: 1 })
    const pid = await until(copying)
    process.kill(pid, 'SIGSTOP') // held in its middle
    onTestFinished(() => {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // ended
      }
    })
    if (what === 'the primary') await cluster.current().process('postgres-1').kill()
    process.kill(pid, what === 'the copy' ? 'SIGKILL' : 'SIGCONT')
    await started
    await streaming()
    const { rows } = await cluster.on('postgres-2', (client) => client.query('select count(*)::int as n from bulk'))
    expect(rows).toEqual([{ n: 150_000 }])
  },
)

test('a daemon that ends while a standby is copied ends the copy, and the next one makes it', async () => {
  await startFilled({ standbys: 0 })
  await cluster.stop()
  await cluster.begin({ standbys: 1 })
  const pid = await until(copying)
  process.kill(pid, 'SIGSTOP')
  await cluster.stop()
  await until(async () => await expect(stat(`/proc/${pid}/exe`)).rejects.toThrow())
  await cluster.start({ standbys: 1 })
  await streaming()
})
