import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startEstate, type Estate } from '../../stacks/local/estate.ts'
import { ROOT } from '../support/documents.ts'
import { estateHome } from '../support/estate.ts'
import { withOwnParts } from '../support/own-parts.ts'
import { until } from '../support/postgres.ts'
import { machineState } from './machine-state.ts'
import { connectPods, probePods } from './pods.ts'

const start = (home: string, more: { node?: 'process' | 'containers' } = {}): Promise<Estate> =>
  startEstate({
    home,
    portBase: 'free',
    throwAway: true,
    env: withOwnParts(),
    without: ['api', 'worker', 'temporal', 'prometheus'],
    ...more,
  })
const estateCommand = (...args: string[]) =>
  promisify(execFile)(process.execPath, [path.join(ROOT, 'stacks/local/commands/main.ts'), ...args], {
    env: withOwnParts(),
  })

/** Runs a container that only ends when it is ended. */
async function occupy(estate: Estate): Promise<void> {
  const pods = await probePods(estate)
  await pods.create({ name: 'stays', script: "console.log('{}'); setInterval(() => {}, 1000)" }, ({ spec }) => {
    if (spec) spec.restartPolicy = 'Always'
  })
  await pods.told('stays')
}

test('a stopped estate leaves nothing on the machine, and its next start runs its pods again', async () => {
  const before = await machineState()
  const home = await estateHome()
  try {
    const first = await start(home, { node: 'containers' })
    await occupy(first)
    expect((await machineState()).interfaces.length).toBeGreaterThan(before.interfaces.length)
    await first.stop()
    await until(async () => expect(await machineState()).toEqual(before), 10)

    const second = await start(home) // it remembers how it runs its pods
    await until(async () => {
      const { status } = await connectPods(second).read('stays')
      expect(status?.containerStatuses?.[0]).toMatchObject({ restartCount: 1, ready: true })
    }, 60)
    await second.stop()
    await expect(start(home, { node: 'process' })).rejects.toMatchObject({ code: 'configuration.invalid' })
    await until(async () => expect(await machineState()).toEqual(before), 10)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})

test('what a killed daemon leaves is ended and cleared away by "estate down"', async () => {
  const before = await machineState()
  const home = await estateHome()
  try {
    const estate = await start(home, { node: 'containers' })
    await occupy(estate)
    process.kill(estate.pid, 'SIGKILL')
    await estate.exited
    expect((await machineState()).programs).toContain('kubelet')
    const { stdout } = await estateCommand('down', '--home', home)
    expect(stdout).toMatch(/ended \d+ processes/)
    await until(async () => expect(await machineState()).toEqual(before), 10)
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})
