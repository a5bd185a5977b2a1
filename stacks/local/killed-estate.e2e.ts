import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  command,
  eventually,
  leftoversOf,
  namingHome,
  newHome,
  PROGRAM,
  removeHome,
  serversOf,
} from '../../test/support/estate-home.ts'
import { runningDaemon, startEstate, stopEstate } from './estate.ts'
import { homePaths, readRecord } from './home.ts'
import { findPortBase } from './ports.ts'
import { signal } from '../process/proc.ts'

describe('an estate that was killed', () => {
  const LITTLE = ['api', 'worker', 'prometheus', 'kube-controller-manager', 'kube-scheduler']

  test('leaves nothing: neither after a new start nor after down', async () => {
    const home = await newHome()
    const options = { home, portBase: await findPortBase(), throwAway: true, without: LITTLE, attached: false }
    await startEstate(options)
    onTestFinished(async () => {
      await stopEstate(home)
      await removeHome(home)
    })
    const killDaemon = async () => {
      const daemon = await runningDaemon(home)
      process.kill(daemon?.pid ?? 0, 'SIGKILL')
      await eventually(
        () => runningDaemon(home),
        (running) => running === undefined,
      )
      return leftoversOf(home)
    }
    const strays = await killDaemon()
    expect(strays.length).toBeGreaterThanOrEqual(5)
    await startEstate(options)
    const now = await serversOf(home)
    for (const name of ['etcd', 'plane-db', 'temporal', 'node'])
      expect([name, now.get(name)?.state]).toEqual([name, 'ready'])
    const pids = new Set([...now.values()].map(({ pid }) => pid))
    expect(strays.filter(({ pid }) => pids.has(pid))).toEqual([])

    expect((await killDaemon()).length).toBeGreaterThanOrEqual(5)
    const { code, stdout } = await command('down', '--home', home)
    expect([code, stdout]).toEqual([0, expect.stringContaining('that a killed daemon had left behind')])
    expect(await leftoversOf(home)).toEqual([])
    expect((await command('status', '--home', home)).stderr).toContain('home.not-running')
  })

  test('ends with the process that started it in the foreground, keeps its state, and can be reset', async () => {
    const home = await newHome()
    onTestFinished(() => removeHome(home))
    const base = String(await findPortBase())
    const start = () =>
      spawn(process.execPath, [
        PROGRAM,
        'start',
        '--home',
        home,
        '--port-base',
        base,
        '--throw-away',
        '--without',
        LITTLE.join(','),
      ])
    const ready = async (child: ReturnType<typeof start>) => {
      let said = ''
      for await (const chunk of child.stdout) if ((said += String(chunk)).includes('Ctrl-C ends')) return said
      throw new Error(`it ended without being ready: ${said}`)
    }
    const first = start()
    expect(await ready(first)).toContain(home)
    const { id } = (await readRecord(homePaths(home))) ?? {}
    first.kill('SIGKILL')
    await eventually(
      () => leftoversOf(home),
      (left) => left.length === 0,
    )
    await eventually(
      () => runningDaemon(home),
      (running) => running === undefined,
    )

    const second = start()
    await ready(second)
    second.kill('SIGINT')
    const [code] = (await once(second, 'exit')) as [number]
    expect(code).toBe(0)
    expect(await leftoversOf(home)).toEqual([])
    expect((await readRecord(homePaths(home)))?.id).toBe(id)

    const third = start()
    const ended = once(third, 'exit')
    await ready(third)
    expect((await command('down', '--home', home)).code).toBe(0)
    expect(await ended).toEqual([0, null]) // it was asked to end, from elsewhere

    const unsure = await command('reset', '--home', home)
    expect([unsure.code, unsure.stderr]).toEqual([2, expect.stringContaining('reset.unconfirmed')])
    expect((await command('reset', '--home', home, '--yes')).code).toBe(0)
    expect(await readRecord(homePaths(home))).toBeUndefined()
  })

  test.each(['etcd', 'initdb'])('a start that is called off while %s runs leaves no process', async (program) => {
    const home = await newHome()
    onTestFinished(() => removeHome(home))
    const off = new AbortController()
    const options = { home, portBase: 'free', throwAway: true, without: LITTLE, signal: off.signal } as const
    const called = expect(startEstate(options)).rejects.toThrow()
    const started = await eventually(
      async () => (await namingHome(home)).find(({ line }) => line.includes(`/${program} `)),
      (seen) => seen !== undefined,
    )
    signal(started?.pid ?? 0, 'SIGSTOP') // so that it cannot end by itself meanwhile
    off.abort()
    await called
    expect(await namingHome(home)).toEqual([])
    expect(await leftoversOf(home)).toEqual([])
    expect(await stopEstate(home)).toEqual({ wasRunning: false, leftovers: 0 })
  })

  test('a start that fails half-way leaves no process and says why', async () => {
    const home = await newHome()
    onTestFinished(() => removeHome(home))
    const base = await findPortBase()
    // Taken where no check looks: the address is busy only once the estate has looked at it.
    const squatter = createServer()
    onTestFinished(() => void squatter.close())
    const failing = startEstate({
      home,
      portBase: base,
      throwAway: true,
      without: LITTLE,
      log: (line) => line.endsWith('edge ready') && squatter.listen(base + 2, '127.0.0.1'),
    })
    await expect(failing).rejects.toThrow(String(base + 2))
    expect(await leftoversOf(home)).toEqual([])
    expect(await runningDaemon(home)).toBeUndefined()
  })
})
