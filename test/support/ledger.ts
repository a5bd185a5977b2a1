import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { request as send } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { unitNames, type UnitNames } from '../../control-plane/domain/naming.ts'
import type { PublishedTenant } from '../../control-plane/domain/tenants-file.ts'
import { createLedger, type Ledger } from '../../stacks/local/images/ledger/ledger.ts'
import { migrate } from '../../stacks/local/images/ledger/migrate.ts'
import { releaseOf } from '../../stacks/local/images/ledger/release.ts'
import { connectProducts } from '../../stacks/postgres/product-server.ts'
import { createUnitDatabase, dropUnitDatabase } from '../../stacks/postgres/unit-database.ts'
import { testServerUrl } from './database.ts'

/** A unit's database as the plane makes it, with its logins. */
export type LedgerDatabase = {
  names: UnitNames
  superuser: string
  ownerUrl: string
  appUrl: string
  migrate: (tag: string, phase?: 'expand' | 'contract', lockTimeoutMs?: number) => Promise<string[]>
  drop: () => Promise<void>
}

export async function ledgerDatabase(): Promise<LedgerDatabase> {
  const names = unitNames('cell', `ledger-${randomBytes(6).toString('hex')}`)
  const server = connectProducts({ url: testServerUrl() })
  const password = randomBytes(12).toString('hex')
  const at = (login?: { username: string; password: string }): string =>
    Object.assign(new URL(testServerUrl()), { pathname: `/${names.database}`, ...login }).href
  await createUnitDatabase(server, { names, passwords: { owner: password, app: password, copy: password }, epoch: 1 })
  const ownerUrl = at({ username: names.ownerRole, password })
  return {
    names,
    superuser: at(),
    ownerUrl,
    appUrl: at({ username: names.appRole, password }),
    migrate: (tag, phase = 'expand', lockTimeoutMs = 5000) => {
      const say = () => undefined
      return migrate({ ownerUrl, appRole: names.appRole, release: releaseOf(tag), phase, say, lockTimeoutMs })
    },
    drop: async () => {
      await dropUnitDatabase(server, { names, epoch: 2 })
      await server.close()
    },
  }
}

export const tenant = (slug: string, more: Partial<PublishedTenant> = {}): PublishedTenant => ({
  id: randomUUID(),
  slug,
  hosts: [`${slug}.localhost`],
  state: 'active',
  limits: { requestsPerSecond: 1000, burst: 1000, statementTimeoutMs: 5000 },
  ...more,
})

export type TenantsFolder = {
  file: string
  /** Writes the next revision, or exactly this text. */
  write: (tenants: readonly PublishedTenant[] | string) => Promise<number>
  remove: () => Promise<void>
}

/** A mounted tenants file, replaced by rename. */
export async function tenantsFolder(tenants?: readonly PublishedTenant[]): Promise<TenantsFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ledger-tenants-'))
  const file = path.join(folder, 'tenants.json')
  let revision = 0
  const write: TenantsFolder['write'] = async (content) => {
    const text =
      typeof content === 'string' ? content : JSON.stringify({ unit: 'test', revision: ++revision, tenants: content })
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
    return revision
  }
  if (tenants) await write(tenants)
  return { file, write, remove: () => rm(folder, { recursive: true, force: true }) }
}

export type Answer = {
  status: number
  headers: NodeJS.Dict<string | string[]>
  text: string
  json: Record<string, unknown>
}
export type LedgerPod = Ledger & {
  port: number
  /** One request over a real connection, with a Host header of its own; `host` null is the pod's own address. */
  ask: (
    host: string | null,
    path: string,
    options?: { method?: string; body?: unknown; headers?: Record<string, string> },
  ) => Promise<Answer>
}

/** One pod of the ledger inside this process, listening on loopback. */
export async function startLedger(options: {
  tag?: string
  appUrl: string
  tenantsFile: string
  replicas?: number
  unit?: string
}): Promise<LedgerPod> {
  const { tag = '1.1.0', appUrl, tenantsFile, replicas = 1, unit = 'none' } = options
  const config = {
    databaseUrl: appUrl,
    tenantsFile,
    unit: { id: unit, name: unit },
    tenancy: 'pool' as const,
    replicas,
  }
  const ledger = await createLedger({ config, release: releaseOf(tag), log: pino({ level: 'silent' }) })
  await ledger.app.listen({ host: '127.0.0.1', port: 0 })
  const address = ledger.app.server.address()
  if (address === null || typeof address === 'string') throw new Error('the ledger listens on no port')
  const { port } = address
  return { ...ledger, port, ask: (host, where, more) => ask(port, host, where, more) }
}

/** One HTTP request to a port of this machine; rejects when the connection breaks. */
export function ask(
  port: number,
  host: string | null,
  where: string,
  options: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { body, method = body === undefined ? 'GET' : 'POST', headers = {} } = options
  const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const request = send(
      {
        host: '127.0.0.1',
        port,
        path: where,
        method,
        agent: false,
        headers: {
          ...(host === null ? {} : { host }),
          ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const isJson = String(response.headers['content-type']).includes('json')
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            json: isJson ? JSON.parse(text) : {},
          })
        })
      },
    )
    request.on('error', reject)
    request.end(payload)
  })
}
