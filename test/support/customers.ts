import { Pool } from 'pg'
import { closeOperation } from '../../control-plane/features/operations/operations.close.ts'
import { operationsRecorder } from '../../control-plane/features/operations/operations.recorder.ts'
import { lockSubjects } from '../../control-plane/features/operations/operations.request.ts'
import { publish } from '../../control-plane/features/tenants/tenants.publication.ts'
import { featureHooks } from '../../control-plane/hooks.ts'
import type { OperationOutcome } from '../../control-plane/domain/operation-states.ts'
import type { Published } from '../../control-plane/domain/tenant-lifecycle.ts'
import type { TenantsFile } from '../../control-plane/domain/tenants-file.ts'
import { openDatabase, type Database } from '../../control-plane/platform/database.ts'
import { REGION_SETTINGS } from './region-settings.ts'
import { testApi, type Called, type TestApi } from './api.ts'

/** The API with a region, and in the worker's place a hand that begins and ends operations and publishes tenants. */
export type Customers = TestApi & {
  worker: Database
  /** Rows by plain SQL, as the superuser. */
  rows: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>
  /** Records a step of a running operation, or an undo of it, as begun. */
  begin: (operationId: unknown, step: string) => Promise<void>
  /** Ends an operation as its workflow would. */
  finish: (operationId: unknown, outcome?: OperationOutcome) => Promise<void>
  publish: (tenant: { id: unknown; unitId: unknown }, as: Published | 'unchanged') => Promise<TenantsFile>
  /** A cell that is ready; answers its id. */
  cell: (name: string, capacity?: { tenants?: number; requestsPerSecond?: number }) => Promise<string>
  /** A tenant in service: provisioned, published, closed. */
  customer: (slug: string, more?: Record<string, unknown>) => Promise<Served>
  /** Everything the database holds, for "nothing has changed". */
  dump: () => Promise<Record<string, unknown>>
}
export type Served = { id: string; slug: string; unitId: string; operationId: string }

export async function customers(): Promise<Customers> {
  const api = await testApi()
  const worker = openDatabase({ url: api.database.url('steward_worker'), applicationName: 'test-worker' })
  const root = new Pool({ connectionString: api.database.url(), max: 2 })
  const rows: Customers['rows'] = async (text, values) => (await root.query(text, values)).rows
  for (const name of ['local-1', 'local-2']) {
    await rows(`insert into regions (name, target, domain, settings) values ($1, 'local', $2, $3)`, [
      name,
      name === 'local-1' ? 'localhost' : `${name}.localhost`,
      JSON.stringify(REGION_SETTINGS),
    ])
  }
  const closing = {
    database: worker,
    hooks: featureHooks(lockSubjects, api.clock),
    onError: (error: unknown) => void api.log.push(String(error)),
  }
  const epochOf = async (operationId: unknown) => {
    const [row] = await rows('select epoch::int from operations where id = $1', [operationId])
    return row?.['epoch'] as number | null // int or null
  }
  const finish: Customers['finish'] = async (operationId, outcome = 'succeeded') => {
    await closeOperation(closing, { operationId: String(operationId), epoch: await epochOf(operationId), outcome })
  }
  const recorder = operationsRecorder(closing)
  const begin: Customers['begin'] = async (operationId, step) => {
    const epoch = Number(await epochOf(operationId))
    await recorder.stepStarted({ operationId: String(operationId), epoch, step, attempt: 1, leaseMs: 1 })
  }
  const publishAs: Customers['publish'] = ({ id, unitId }, as) =>
    worker.transaction((tx) => publish(tx, { tenantId: String(id), unitId: String(unitId), as }))
  return {
    ...api,
    worker,
    rows,
    begin,
    finish,
    publish: publishAs,
    async cell(name, capacity) {
      const made = mustBe(
        202,
        await api.call('POST', '/v1/cells', {
          body: { name, region: 'local-1', retireApproval: 'none', ...(capacity && { capacity }) },
        }),
      )
      await finish(made['operationId'])
      return (made['cell'] as { id: string }).id // shape of CellAccepted
    },
    async customer(slug, more = {}) {
      const body = { slug, plan: 'starter-shared', ...more }
      const made = mustBe(202, await api.call('POST', '/v1/tenants', { body }))
      const { id, unit } = made['tenant'] as { id: string; unit: { id: string } } // shape of TenantAccepted
      await publishAs({ id, unitId: unit.id }, 'active')
      await finish(made['operationId'])
      return { id, slug, unitId: unit.id, operationId: String(made['operationId']) }
    },
    dump: () => dump(rows),
    close: async () => {
      await Promise.all([worker.close(), root.end()])
      await api.close()
    },
  }
}

export function mustBe(status: number, { status: was, body }: Called): Record<string, unknown> {
  if (was !== status) throw new Error(`answered ${was} instead of ${status}: ${JSON.stringify(body)}`)
  return body
}

/** Tokens note when they were used last, which is no change of anything asked for. */
async function dump(rows: Customers['rows']): Promise<Record<string, unknown>> {
  const tables = await rows(
    `select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'operator_tokens' order by 1`,
  )
  const content = tables.map(async ({ name }) => {
    const [all] = await rows(`select coalesce(json_agg(t order by t::text), '[]') as content from "${String(name)}" t`)
    return [String(name), all?.['content']] as const
  })
  return Object.fromEntries(await Promise.all(content))
}
