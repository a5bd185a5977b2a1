import {
  CLAUSE_IDS,
  CLAUSES,
  type ClauseId,
  type ClauseResult,
  judgeClause,
  type Sighting,
} from '../../control-plane/domain/contract.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import type { PublishedTenant } from '../../control-plane/domain/tenants-file.ts'
import type { Link } from '../kubernetes/link.ts'
import type { Statements } from '../postgres/product-server.ts'
import type { Pod } from './ask.ts'
import { chartClauses, type ChartFacts } from './chart-clauses.ts'
import { httpClauses } from './http-clauses.ts'
import { migrationClauses, type RunPhase } from './migration-clauses.ts'
import { type Seen, unclear } from './sighting.ts'
import { inFlight } from './stop-clause.ts'
import { tableClauses } from './table-clauses.ts'
import { refusesSecond, reloads } from './tenants-clauses.ts'

/** A unit in service with all that is needed to look at it. */
export type Contracted = {
  chart: ChartFacts
  /** Pods that serve now. */
  pods: () => Promise<readonly Pod[]>
  /** Tells a pod to stop, as a rollout does; returns when it was told. */
  stop: (pod: Pod) => Promise<void>
  /** Returns when the unit has all its pods again. */
  whole: () => Promise<void>
  /** Who can be asked for, as it was published. */
  served: Pick<PublishedTenant, 'slug' | 'hosts'>
  suspended: Pick<PublishedTenant, 'hosts'> | null
  limited: Pick<PublishedTenant, 'hosts'> | null
  /** Revision of the tenants file that pods should have loaded. */
  revision: number
  /** How long a pod may take to load it, in milliseconds; a kubelet mounts files anew within a minute or so. */
  loadWithinMs?: number
  /** Of a silo: publishes its file with a second tenant or without, and says which revision that is. */
  silo: { publish: (second: boolean) => Promise<number> } | null
  migrate: RunPhase
  /** A session at the unit's database, and the name of the product's own login. */
  database: <T>(work: (statements: Statements, login: string) => Promise<T>) => Promise<T>
}

const NO_SILO = 'this unit is a pool: check a private instance of the product'

/** Groups of clauses that are found out together, in an order that lets one not disturb the next. */
const GROUPS: readonly { ids: readonly ClauseId[]; look: (unit: Contracted, signal: AbortSignal) => Promise<Seen> }[] =
  [
    { ids: idsOf('chart.'), look: ({ chart }) => chartClauses(chart) },
    {
      ids: ['tenants.reload'],
      look: async ({ pods, revision, loadWithinMs }, signal) => ({
        'tenants.reload': await reloads(await pods(), revision, signal, loadWithinMs),
      }),
    },
    { ids: ['tenants.silo'], look: siloClause },
    {
      ids: [...idsOf('http.'), ...idsOf('metrics.')],
      look: async (unit, signal) =>
        httpClauses({ ...unit, pods: await unit.pods(), version: unit.chart.version, signal }),
    },
    { ids: idsOf('tables.'), look: ({ database }) => database(tableClauses) },
    { ids: idsOf('migrate.'), look: ({ migrate }, signal) => migrationClauses(migrate, signal) },
    { ids: ['stop.in-flight'], look: stopClause },
  ]

function idsOf(prefix: string): ClauseId[] {
  return CLAUSE_IDS.filter((id) => id.startsWith(prefix))
}

/**
 * Holds a unit against every clause. What could not be found out is an observation like any other and no pass; throws only when the run
 * itself was stopped, or for what passes by itself, so that the whole is tried again.
 */
export async function runClauses(unit: Contracted, link: Link): Promise<ClauseResult[]> {
  const seen: Seen = {}
  for (const { ids, look } of GROUPS) {
    link.onEvent?.({ message: `looking at ${ids.join(', ')}` })
    try {
      Object.assign(seen, await look(unit, link.signal))
    } catch (error) {
      link.signal.throwIfAborted()
      Object.assign(seen, brokenOff(ids, error))
    }
  }
  return CLAUSE_IDS.map((id) => {
    const observations = seen[id] ?? [unclear('the clause', 'nothing was looked at')]
    return { id, title: CLAUSES[id], outcome: judgeClause(observations), observations }
  })
}

/** A chart that cannot be rendered fails for that and leaves its other clauses open. */
function brokenOff(ids: readonly ClauseId[], error: unknown): Seen {
  if (!(error instanceof Problem) || error.retryable) throw error
  const faulty: readonly string[] = error.code.startsWith('chart.') ? ['chart.pure'] : []
  const observed = (id: ClauseId): Sighting[] => [
    { ...unclear('the look itself', error.message), ...(faulty.includes(id) ? { holds: false } : {}) },
  ]
  return Object.fromEntries(ids.map((id) => [id, observed(id)]))
}

async function siloClause({ silo, pods, served, loadWithinMs }: Contracted, signal: AbortSignal): Promise<Seen> {
  if (silo === null) return { 'tenants.silo': [unclear('a second tenant', NO_SILO, 'elsewhere')] }
  const host = served.hosts[0] ?? ''
  try {
    return { 'tenants.silo': await refusesSecond(await pods(), host, silo.publish, signal, loadWithinMs) }
  } finally {
    await silo.publish(false)
  }
}

async function stopClause({ pods, stop, whole, served }: Contracted, signal: AbortSignal): Promise<Seen> {
  const [pod] = await pods()
  if (pod === undefined) return { 'stop.in-flight': [unclear('a pod', 'none serves')] }
  const seen = await inFlight(pod, served.hosts[0] ?? '', () => stop(pod), signal)
  await whole()
  return { 'stop.in-flight': [seen] }
}
