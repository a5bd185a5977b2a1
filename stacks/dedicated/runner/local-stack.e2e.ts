import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { acmeRun, NAMES, type AcmeRun } from '../../../test/support/acme-stack.ts'
import { estateHome } from '../../../test/support/estate.ts'
import { connectCluster } from '../../kubernetes/cluster.ts'
import { unlinked } from '../../kubernetes/link.ts'
import { readCredential } from '../../local/credentials/ensure-credentials.ts'
import { startEstate, type Estate } from '../../local/estate.ts'
import { SERVER_NAMES } from '../../local/servers/define-servers.ts'
import { createTargetClient } from '../provider/target-client.ts'

let home: string
let folder: string
let estate: Estate
let run: AcmeRun
/** An estate in which nothing runs but what stacks ask for. */
beforeAll(async () => {
  home = await estateHome()
  folder = await mkdtemp(join(tmpdir(), 'steward-stack-'))
  estate = await startEstate({ home, portBase: 'free', throwAway: true, without: [...SERVER_NAMES] })
  run = await acmeRun(folder, { url: estate.urls.daemon, tokenFile: estate.credentials.token('resources') })
})
afterAll(async () => {
  await estate.stop()
  await rm(home, { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
})

test('a stack of real servers is made, answers, does not drift by running, and leaves nothing when it is destroyed', async () => {
  const { outputs, resources } = await run('up')
  expect(resources).toBe(NAMES.length)
  const cluster = connectCluster({ kubeconfig: outputs?.cluster ?? '' })
  try {
    expect((await cluster.discovery.everything(unlinked)).length).toBeGreaterThan(10)
  } finally {
    await cluster.close()
  }
  const client = createTargetClient({ url: estate.urls.daemon, tokenFile: estate.credentials.token('resources') })
  const pair = await client.get({ kind: 'postgres-cluster', name: 'acme-db' }, AbortSignal.timeout(10_000))
  expect(pair).toMatchObject({ state: 'ready', owner: 'steward/acme', inputs: { standbys: 1, maxConnections: 50 } })
  expect(outputs?.databasePrimary).toBe(`127.0.0.1:${pair?.outputs['postgres-1']}`)
  expect((await run('drift')).plan?.steps).toEqual([])
  expect((await run('preview')).plan?.steps).toEqual([])
  expect(await run('destroy', { release: ['acme-key', 'acme-db'] })).toMatchObject({ resources: 0 })
  const authorization = `Bearer ${await readCredential(estate.credentials.token('resources'))}`
  const left = await fetch(`${estate.urls.daemon}/resources`, { headers: { authorization } })
  expect(await left.json()).toEqual({ resources: [] })
})
