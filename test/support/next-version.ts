import { spawn, type ChildProcess } from 'node:child_process'
import { appendFile, cp, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Estate } from '../../stacks/local/estate.ts'
import { defaultCache } from '../../stacks/local/home.ts'
import { environment } from '../../stacks/local/servers/programs.ts'
import { ROOT } from './documents.ts'
import { toolBinary } from './kubernetes.ts'
import { withOwnParts } from './own-parts.ts'
import { freePort, until } from './postgres.ts'

/** A column more, as the next version would want it. */
const MIGRATION = 'alter table units add column colour text;'
const NAME = '9000_colours'

/** This checkout as its next version: one migration more, and other workflow code with the same meaning, so another bundle. */
export async function nextVersion(folder: string): Promise<string> {
  const root = path.join(folder, 'next')
  for (const name of ['control-plane', 'workflows', 'stacks', 'charts', 'package.json'])
    await cp(path.join(ROOT, name), path.join(root, name), { recursive: true })
  await symlink(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'))
  const text = `-- Why: units have colours from the next version on.\n-- Up Migration\nset local lock_timeout = '5s';\n${MIGRATION}\n`
  await writeFile(path.join(root, `control-plane/database/migrations/${NAME}.sql`), text)
  await appendFile(path.join(root, 'workflows/saga/saga.workflow.ts'), '\n// of the next version\n')
  return root
}

export type Running = { url: string; stop: () => Promise<void>; said: () => string }
const PROGRAMS = { api: 'control-plane/main.ts', worker: 'workflows/worker.ts' } as const

/** Runs API or worker of a checkout beside an estate's own, on a port of its own; resolves when it is ready. */
export async function runBeside(estate: Estate, root: string, name: keyof typeof PROGRAMS): Promise<Running> {
  const login = name === 'api' ? 'plane-operator' : 'plane-worker'
  const env = withOwnParts()
  const port = String(await freePort())
  const child = spawn(process.execPath, [path.join(root, PROGRAMS[name])], {
    cwd: root,
    env: {
      ...environment({ ...estate, outside: {}, env, cache: defaultCache(env) }, login),
      STEWARD_HELM: await toolBinary('helm'),
      STEWARD_PORT: port,
      STEWARD_WORKER_PORT: port,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const url = `http://127.0.0.1:${port}`
  const stop = () => endOf(child)
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`it ended: ${output.slice(-2000)}`)
      if ((await fetch(`${url}/readyz`)).status !== 200) throw new Error(`it is not ready: ${output.slice(-2000)}`)
    }, 60)
  } catch (error) {
    await stop()
    throw error
  }
  return { url, stop, said: () => output }
}

function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}
