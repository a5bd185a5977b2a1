import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { migrate } from '../../control-plane/database/migrations.ts'
import { newId } from '../../control-plane/platform/ids.ts'
import { newSecret, secretHash } from '../../control-plane/platform/secret.ts'
import { startTestServer, until, withClient } from '../support/postgres.ts'

/** API processes on one throw-away PostgreSQL, as an estate starts them; Temporal is away, which reading does not need. */
export type PlaneProcesses = {
  /** Of each API process. */
  urls: string[]
  /** Of the database: as its superuser, and as the API comes to it. */
  root: string
  operator: string
  /** A folder for what lives as long as this. */
  folder: string
  /** Starts a program of this checkout beside them; answers its URL, which it prints. */
  start: (program: string, env: Record<string, string>) => Promise<string>
  /** Makes an operator of this role with a token. */
  login: (role: string) => Promise<{ token: string; tokenId: string; operatorId: string }>
  close: () => Promise<void>
}

export async function planeProcesses(count: number): Promise<PlaneProcesses> {
  const server = await startTestServer()
  const folder = await mkdtemp(path.join(tmpdir(), 'steward-bench-'))
  const children: ChildProcess[] = []
  const close = async () => {
    await Promise.all(children.map(ended))
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  const start: PlaneProcesses['start'] = async (program, env) => {
    const log = path.join(folder, `${children.length}.log`) // a file, as in an estate: a pipe would be work for the bench
    const out = openSync(log, 'w')
    const child = spawn(process.execPath, ['--max-semi-space-size=8', program], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', out, out],
    })
    closeSync(out)
    children.push(child)
    return until(async () => {
      const said = await readFile(log, 'utf8')
      const url = /"url":"(http[^"]+)"/.exec(said)?.[1]
      if (url === undefined) throw new Error(`${program} is not up: ${said}`)
      return url
    }, 60)
  }
  try {
    await withClient(server.superuser, (client) => client.query('create database steward owner steward_owner'))
    await migrate(server.url('steward', 'steward_owner'))
    const [root, operator] = [server.url('steward'), server.url('steward', 'steward_operator')]
    const env = {
      DATABASE_URL: operator,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      STEWARD_PORT: '0',
      STEWARD_SEALING_KEY: randomBytes(32).toString('base64url'),
    }
    const urls: string[] = []
    for (let n = 0; n < count; n++) urls.push(await start('control-plane/main.ts', env))
    return { urls, root, operator, folder, start, login: (role) => login(root, role), close }
  } catch (error) {
    await close()
    throw error
  }
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGKILL') // throw-away: nothing is worth a graceful end
  })

async function login(root: string, role: string) {
  const [token, operatorId, tokenId] = [newSecret('token'), newId(), newId()]
  await withClient(root, async (client) => {
    await client.query('insert into operators (id, name, role) values ($1, $2, $3)', [operatorId, operatorId, role])
    await client.query('insert into operator_tokens (id, operator_id, token_hash) values ($1, $2, $3)', [
      tokenId,
      operatorId,
      secretHash(token),
    ])
  })
  return { token, tokenId, operatorId }
}
