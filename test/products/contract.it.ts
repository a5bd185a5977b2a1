import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CLAUSE_IDS, type ClauseId, type ClauseResult, judgeClause } from '../../control-plane/domain/contract.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import { unlinked } from '../../stacks/kubernetes/link.ts'
import { createRenderer, type Renderer } from '../../stacks/kubernetes/render.ts'
import { chartClauses, type ChartFacts } from '../../stacks/contract/chart-clauses.ts'
import { runClauses } from '../../stacks/contract/run-clauses.ts'
import { connectProducts } from '../../stacks/postgres/product-server.ts'
import { CHECK_TENANTS } from '../../workflows/check-unit/check-tenants.ts'
import { productChart, type Unit } from '../../workflows/steps/chart-use.ts'
import { testServerUrl } from '../support/database.ts'
import { toolBinary } from '../support/kubernetes.ts'
import { ledgerDatabase } from '../support/ledger.ts'
import { type Broken, type BrokenChart, BROKEN_CHARTS, brokenCharts, SOUND } from './broken-charts.ts'
import { FLAW_NAMES, FLAWS, type FlawName } from './images/broken-notes/flaws.ts'
import { migrateNotes, startNotes } from './running-notes.ts'

/** Each clause of the contract is broken once by a product that keeps all others, and the check says exactly that one. */
let renderer: Renderer
let charts: Awaited<ReturnType<typeof brokenCharts>>
beforeAll(async () => {
  charts = await brokenCharts()
  renderer = createRenderer({ helm: await toolBinary('helm'), charts: [charts.folder] })
})
afterAll(() => charts.remove())

const products = () => connectProducts({ url: testServerUrl() })
const exited = (code: number | null) =>
  new Problem(code === 3 ? 'migration.impossible' : 'migration.failed', {
    status: 502,
    retryable: false,
    title: `it ended with ${code}`,
  })

const unitOf = (mode: 'pool' | 'silo', version: string): Unit => ({
  id: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55',
  kind: mode === 'silo' ? 'instance' : 'cell',
  name: 'desk',
  product: 'notes',
  chart: 'notes',
  image: 'notes',
  version,
})
const factsOf = (unit: Unit, chart: string): ChartFacts => ({
  chart: 'notes',
  unitId: unit.id,
  image: 'notes',
  version: unit.version,
  secret: 'database',
  configMap: 'tenants',
  render: async (values) => (await renderer.render({ ...productChart(unit, values), chart })).objects,
})

/** Checks one pod of the product with this flaw, and a chart with that one, on databases of their own. */
async function check(tag: string, mode: 'pool' | 'silo', chart: BrokenChart | typeof SOUND): Promise<ClauseResult[]> {
  const [database, scratch] = await Promise.all([ledgerDatabase(), ledgerDatabase()])
  const server = products()
  await migrateNotes(database, tag, 'expand')
  let running = await startNotes(database, tag, mode)
  const { own } = running
  const unit = unitOf(mode, tag)
  const { served, suspended, limited } = CHECK_TENANTS
  const silo = mode === 'silo'
  try {
    return await runClauses(
      {
        chart: factsOf(unit, chart),
        pods: async () => [running.pod],
        stop: () => running.stop(),
        whole: async () => {
          await running.end()
          running = await startNotes(database, tag, mode)
        },
        served: silo ? own : served,
        suspended: silo ? null : suspended,
        limited: silo ? null : limited,
        revision: await running.publish(false),
        loadWithinMs: 3_000,
        silo: silo ? { publish: (second) => running.publish(second) } : null,
        async migrate(phase) {
          const code = await migrateNotes(scratch, tag, phase)
          if (code !== 0) throw exited(code)
        },
        database: (work) =>
          server.session(database.names.database, (statements) => work(statements, database.names.appRole)),
      },
      unlinked,
    )
  } finally {
    await running.end()
    await Promise.all([database.drop(), scratch.drop(), server.close()])
  }
}

const failed = (results: readonly ClauseResult[]) =>
  results.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id)
const open = (results: readonly ClauseResult[]) =>
  results.filter(({ outcome }) => outcome === 'not-checked').map(({ id }) => id)

test('a product that keeps the contract passes every clause that its kind of unit can show', async () => {
  const pool = await check('1.0.0', 'pool', SOUND)
  expect([failed(pool), open(pool)]).toEqual([[], ['tenants.silo', 'migrate.exit-codes']])
  expect(pool.map(({ id }) => id)).toEqual(CLAUSE_IDS)
  const silo = await check('1.1.0', 'silo', SOUND)
  expect([failed(silo), open(silo)]).toEqual([[], ['http.suspended', 'http.over-rate', 'migrate.exit-codes']])
})

/** What needs a clause that is broken cannot be looked at. */
const NEEDS: Partial<Record<ClauseId, readonly ClauseId[]>> = { 'migrate.expand': ['migrate.contract'] }

test.concurrent.each(FLAW_NAMES.map((name) => [name, FLAWS[name].clause] as const))(
  'a product that is %s breaks %s and nothing else',
  async (name: FlawName, clause: ClauseId) => {
    const mode = clause === 'tenants.silo' ? 'silo' : 'pool'
    const results = await check(`1.0.0-${name}`, mode, SOUND)
    expect(failed(results)).toEqual([clause])
    const usual = mode === 'silo' ? ['http.suspended', 'http.over-rate'] : ['tenants.silo']
    expect(open(results).toSorted()).toEqual([...usual, ...(NEEDS[clause] ?? []), 'migrate.exit-codes'].toSorted())
  },
)

/** What is looked at of a chart needs no product that runs. */
const rendered = (chart: string) => chartClauses(factsOf(unitOf('pool', '1.0.0'), chart))

test.each(Object.entries<Broken>(BROKEN_CHARTS).filter(([name]) => name !== 'rolls-dice'))(
  'a chart that %s breaks its clause and no other of the chart',
  async (name, { clause }) => {
    const seen = Object.entries(await rendered(name)).map(([id, observations]) => [id, judgeClause(observations)])
    expect(seen.filter(([, outcome]) => outcome !== 'pass')).toEqual([[clause, 'fail']])
  },
)

test('a chart that rolls dice cannot be looked at further, and what runs still can', async () => {
  const { clause, needs } = BROKEN_CHARTS['rolls-dice']
  const results = await check('1.0.0', 'pool', 'rolls-dice')
  expect(failed(results)).toEqual([clause])
  expect(open(results).toSorted()).toEqual(['tenants.silo', ...needs, 'migrate.exit-codes'].toSorted())
})

test('every clause that a probe can show is broken by something here', () => {
  const broken = new Set<string>([
    ...Object.values(FLAWS).map(({ clause }) => clause),
    ...Object.values(BROKEN_CHARTS).map(({ clause }) => clause),
  ])
  expect(CLAUSE_IDS.filter((id) => !broken.has(id))).toEqual(['migrate.exit-codes'])
})

test('the tags of the broken image are its flaws, and each is known to the program', () => {
  const program = new URL('images/broken-notes/main.ts', import.meta.url).pathname
  const { status } = spawnSync(process.execPath, [program, 'migrate', '--phase', 'sideways'], {
    env: { STEWARD_IMAGE_TAG: '1.0.0' },
  })
  expect(status).toBe(2)
})
