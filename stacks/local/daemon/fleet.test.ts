import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { watchContainerNode } from '../containers/container-node.ts'
import { homePaths } from '../home.ts'
import type { InnerServer } from '../servers/server.ts'
import { createFleet } from './fleet.ts'

const log = pino({ level: 'silent' })
const fleetOf = (server: InnerServer) =>
  createFleet([server], {
    paths: homePaths('/nowhere'),
    estateId: 'id',
    log,
    onState: () => undefined,
  })

test('a fleet that is stopped ends an inner server that still waits for something', async () => {
  const waits = Promise.withResolvers<void>()
  const fleet = fleetOf({
    kind: 'inner',
    name: 'node',
    needs: [],
    start: (signal) => {
      waits.resolve()
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('given up')), { once: true }),
      )
    },
  })
  const started = expect(fleet.start()).rejects.toThrow('given up')
  await waits.promise
  await fleet.stop()
  await started
  expect(await fleet.status('node')).toMatchObject({ state: 'stopped' })
})

test('a node that never becomes ready is waited for until the estate is stopped, and no longer', async () => {
  const asked = Promise.withResolvers<void>()
  const api = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end('{"status":{"conditions":[]}}')
    asked.resolve()
  }).listen(0, '127.0.0.1')
  await once(api, 'listening')
  const folder = await mkdtemp(join(tmpdir(), 'steward-fleet-'))
  onTestFinished(async () => {
    api.close()
    await rm(folder, { recursive: true, force: true })
  })
  const { port } = api.address() as { port: number }
  const kubeconfig = join(folder, 'kubeconfig')
  const at = { clusters: [{ name: 'a', cluster: { server: `http://127.0.0.1:${port}` } }] }
  const contexts = [{ name: 'a', context: { cluster: 'a', user: 'a' } }]
  const config = { ...at, contexts, users: [{ name: 'a', user: {} }], 'current-context': 'a' }
  await writeFile(kubeconfig, JSON.stringify(config))
  const start = (signal: AbortSignal) => watchContainerNode({ kubeconfig, name: 'node', log, signal })
  const fleet = fleetOf({ kind: 'inner', name: 'node', needs: [], start })
  const started = expect(fleet.start()).rejects.toMatchObject({ code: 'estate.stopped' })
  await asked.promise
  await fleet.stop()
  await started
})
