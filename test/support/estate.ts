import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'
import { startEstate, type Estate, type EstateOptions } from '../../stacks/local/estate.ts'
import { withOwnParts } from './own-parts.ts'
import { planeClient, type PlaneClient } from './plane.ts'

export type TestEstate = { estate: Estate; plane: PlaneClient; token: string; remove: () => Promise<void> }

/** A folder for a throw-away estate; pods and PostgreSQL pass through it to their own folders, so others may enter but not list. */
export async function estateHome(): Promise<string> {
  const home = await mkdtemp(path.join(tmpdir(), 'steward-estate-'))
  await chmod(home, 0o711)
  return home
}

/** A throw-away estate with everything in it, and its administrator. */
export async function testEstate(options: EstateOptions = {}): Promise<TestEstate> {
  const home = options.home ?? (await estateHome())
  const estate = await startEstate({ portBase: 'free', throwAway: true, env: withOwnParts(), ...options, home })
  const token = (await readFile(estate.credentials.operatorToken, 'utf8')).trim()
  const remove = async () => {
    await estate.stop()
    await rm(home, { recursive: true, force: true })
  }
  return { estate, plane: planeClient({ url: estate.urls.api, token }), token, remove }
}

/** Creates a cell and waits until it takes tenants. */
export async function createCell(
  plane: PlaneClient,
  name: string,
  capacity?: { tenants?: number; requestsPerSecond?: number },
): Promise<void> {
  const { status, body } = await plane.call('POST', '/v1/cells', { body: { name, ...(capacity ? { capacity } : {}) } })
  if (status !== 202) throw new Error(`cell ${name}: ${status} ${JSON.stringify(body)}`)
  await plane.settle(String(body['operationId']))
}

/** Resident memory of the estate's processes in bytes, by server; the daemon (node, gateway and edge inside) is `daemon`. */
export async function residentBytes(estate: Pick<Estate, 'home'>): Promise<Record<string, number>> {
  const answer = (await (await askDaemon(estate.home, '/servers')).json()) as {
    servers: { name: string; memoryBytes: number | null }[]
    daemon: { memoryBytes: number }
  }
  const servers = answer.servers.flatMap(({ name, memoryBytes }) =>
    memoryBytes === null ? [] : [[name, memoryBytes] as const],
  )
  return { ...Object.fromEntries(servers), daemon: answer.daemon.memoryBytes }
}
