import { spawn, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { once } from 'node:events'
import type { Estate } from '../../../stacks/local/estate.ts'
import { toolBinary } from '../../support/kubernetes.ts'
import { withOwnParts } from '../../support/own-parts.ts'
import { TEST_CACHE } from '../../support/temporal-worker.ts'
import { TEST_NAMESPACE } from '../../support/temporal.ts'

const ROOT = path.join(import.meta.dirname, '..', '..', '..')

export type Spare = { said: () => string; alive: () => boolean; stop: () => Promise<void> }

/** One more API or worker of an estate, as a company that wants no single one would run it; the API brings a relay of its own. */
export async function spare(estate: Estate, what: 'api' | 'worker', port: number): Promise<Spare> {
  const login =
    what === 'api'
      ? { DATABASE_URL_FILE: estate.credentials.url('plane-operator') }
      : { DATABASE_WORKER_URL_FILE: estate.credentials.url('plane-worker') }
  const child = spawn(process.execPath, [what === 'api' ? 'control-plane/main.ts' : 'workflows/worker.ts'], {
    cwd: ROOT,
    env: {
      ...withOwnParts(),
      ...login,
      TEMPORAL_ADDRESS: estate.temporalAddress,
      TEMPORAL_NAMESPACE: TEST_NAMESPACE,
      STEWARD_SEALING_KEY_FILE: estate.credentials.sealingKey,
      STEWARD_HOST: '127.0.0.1',
      STEWARD_PORT: String(port),
      STEWARD_WORKER_PORT: String(port),
      STEWARD_CACHE: TEST_CACHE,
      STEWARD_HELM: await toolBinary('helm'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk))
  const text = () => Buffer.concat(said).toString()
  await ready(child, port, text)
  return {
    said: text,
    alive: () => child.exitCode === null && child.signalCode === null,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

async function ready(child: ChildProcess, port: number, said: () => string): Promise<void> {
  const deadline = Date.now() + 120_000
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended: ${said().slice(-2000)}`)
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (answer?.status === 200) return
    if (Date.now() > deadline) throw new Error(`not ready: ${said().slice(-2000)}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
