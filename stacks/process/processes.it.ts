import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { acquireLock, lockHolder, tryLock } from './lock.ts'
import { descendants, identify, isRunning, residentBytes, signalTree, waitUntilGone, withEnvironment } from './proc.ts'
import { runGroup } from './run-group.ts'
import { writeFileAtomic, writeFileDurably } from './write-file.ts'

const LOCK = new URL('./lock.ts', import.meta.url).href

/** A shell with a sleeping child, in a session of its own. */
function startTree(env: Record<string, string> = {}) {
  const child = spawn('sh', ['-c', 'sleep 300 & wait'], {
    env: { PATH: process.env['PATH'], ...env },
    detached: true,
    stdio: 'ignore',
  })
  const pid = child.pid ?? 0
  onTestFinished(() => signalTree(pid, 'SIGKILL'))
  return pid
}

async function eventually<T>(ask: () => Promise<T> | T, wanted: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const answer = await ask()
    if (wanted(answer)) return answer
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(answer)} after 20 s`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('a signal to a tree reaches the children, too', async () => {
  const pid = startTree()
  const below = await eventually(
    () => descendants(pid),
    (found) => found.length === 1,
  )
  const all = [pid, ...below].map((id) => identify(id) ?? { pid: id, startTime: '' })
  expect(await residentBytes(pid)).toBeGreaterThan(100_000)
  expect(await waitUntilGone(all, 0)).toBe(false)
  await signalTree(pid, 'SIGKILL')
  expect(await waitUntilGone(all, 20_000)).toBe(true)
})

test('a marked process is found by its mark, one with another mark is not', async () => {
  const mark = `m${process.pid}`
  const pid = startTree({ TEST_MARK: mark })
  startTree({ TEST_MARK: `${mark}0` })
  const found = await eventually(
    () => withEnvironment('TEST_MARK', mark),
    (marked) => marked.length === 2,
  )
  expect(found.map((id) => id.pid)).toContain(pid)
  expect(found.every(isRunning)).toBe(true)
})

test('a lock has one holder, says who, and passes on when it is released', async () => {
  const name = `test-${process.pid}-a`
  const first = await tryLock(name, 'testing')
  expect(await tryLock(name, 'another')).toBeUndefined()
  expect(await lockHolder(name)).toEqual({ pid: process.pid, what: 'testing' })
  const waiters: (number | undefined)[] = []
  const second = acquireLock(name, 'waiting', { onWait: (holder) => waiters.push(holder?.pid) })
  await eventually(
    () => waiters.length,
    (count) => count === 1,
  )
  await first?.release()
  await (await second).release()
  expect(waiters).toEqual([process.pid])
  expect(await lockHolder(name)).toBeUndefined()
})

test('waiting for a lock ends when it is no longer wanted', async () => {
  const name = `test-${process.pid}-b`
  const held = await tryLock(name, 'testing')
  onTestFinished(() => held?.release())
  await expect(acquireLock(name, 'waiting', { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/i)
})

test('the lock of a killed process is free at once', async () => {
  const name = `test-${process.pid}-c`
  const program = `import { tryLock } from ${JSON.stringify(LOCK)}; await tryLock(${JSON.stringify(name)}, 'dying'); console.log('held'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  expect(await tryLock(name, 'testing')).toBeUndefined()
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await tryLock(name, 'testing')
  expect(lock).toBeDefined()
  await lock?.release()
})

test('a file is written whole, for its owner only, and leaves nothing beside it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'steward-write-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFileAtomic(join(folder, 'a'), 'one')
  await writeFileAtomic(join(folder, 'a'), 'two')
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('two')
  expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['a'])
})

test('a file that must survive is written whole, over another, and nothing of a failed attempt stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'steward-write-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFileDurably(join(folder, 'a'), 'one')
  await writeFileDurably(join(folder, 'a'), Buffer.from('two'))
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('two')
  expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o600)
  await expect(writeFileDurably(join(folder, 'a', 'b'), 'x')).rejects.toThrow('ENOTDIR')
  await mkdir(join(folder, 'taken'))
  await expect(writeFileDurably(join(folder, 'taken'), 'x')).rejects.toThrow('EISDIR')
  expect((await readdir(folder)).toSorted()).toEqual(['a', 'taken'])
})

const shell = (script: string) => ({
  file: '/bin/sh',
  args: ['-c', script],
  cwd: '/',
  env: { PATH: process.env['PATH'] ?? '' },
  account: undefined,
})

test('a program run to its end answers what it printed, and fails in its own words', async () => {
  expect(await runGroup(shell('echo fine; echo aside >&2'))).toBe('fine\n')
  await expect(runGroup(shell('echo the disk is full >&2; exit 3'))).rejects.toThrow(/^the disk is full$/)
  await expect(runGroup(shell('exit 3'))).rejects.toThrow('/bin/sh ended with 3')
  await expect(runGroup(shell('kill -9 $$'))).rejects.toThrow('was ended by SIGKILL')
  await expect(runGroup({ ...shell(''), file: '/nonexistent/program' })).rejects.toThrow('ENOENT')
})

test('what a program started ends with it, and is not waited for', async () => {
  const child = Number(await runGroup(shell('sleep 300 & echo $!')))
  const noted = identify(child)
  expect(await waitUntilGone(noted ? [noted] : [], 20_000)).toBe(true)
})

test('a program that is called off ends with its children, also when it is stopped', async () => {
  const off = new AbortController()
  const mark = `g${process.pid}`
  const { env } = shell('')
  const program = { ...shell('sleep 300 & kill -STOP $$; wait'), env: { ...env, TEST_MARK: mark } }
  const running = expect(runGroup(program, off.signal)).rejects.toThrow('called off')
  const found = await eventually(
    () => withEnvironment('TEST_MARK', mark),
    (marked) => marked.length === 2,
  )
  off.abort(new Error('called off'))
  await running
  expect(await waitUntilGone(found, 20_000)).toBe(true)
  await expect(runGroup(shell('echo'), off.signal)).rejects.toThrow('called off')
})
