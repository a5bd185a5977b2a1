/** What comes of holding a product against one clause of its contract. Silence and surprises never pass. */
export const CLAUSE_OUTCOMES = ['pass', 'fail', 'not-checked'] as const
export type ClauseOutcome = (typeof CLAUSE_OUTCOMES)[number]

/**
 * One thing that was looked at or tried. `holds` null: it could not be found out, and `seen` says why; `why`: because another kind of
 * unit has to be looked at, or because no probe of a healthy release can show it. Without it an obstacle was in the way.
 */
export type Sighting = {
  what: string
  expected: string
  seen: string
  holds: boolean | null
  why?: 'elsewhere' | 'beyond'
}
export type ClauseResult = { id: ClauseId; title: string; outcome: ClauseOutcome; observations: readonly Sighting[] }

/**
 * The clauses of contract version 1, in the order in which they are looked at. The list is the only one: reports, documents and
 * tests count what is here.
 */
export const CLAUSES = {
  'chart.pure': 'Every component renders, and nothing in its templates makes two renders differ',
  'chart.names': 'Deployment and Service are called as the chart',
  'chart.labels': 'Objects and pods carry the labels by which they are found',
  'chart.account': 'Pods run under the service account `product`',
  'chart.image': 'Pods run the image and the version that the values name',
  'chart.canary': 'A canary has pods, a Service and its weight in every route',
  'chart.tenancy': 'Pods learn whether they are a pool or a silo',
  'chart.database': 'Pods and migrations take their database from the Secret that the values name',
  'chart.tenants-file': 'Pods mount the tenants file that the values name',
  'chart.probes': 'Pods are probed at /healthz and /readyz',
  'chart.migration': 'The migration is a Job of the name and the phase that the values say',
  'chart.route': 'A tenant’s host is routed to the Service through the Gateway that the values name',
  'http.healthz': 'A pod that runs answers /healthz with 200',
  'http.readyz': 'A pod that is ready answers /readyz with 200',
  'http.version': '/version says the version and the revision of the tenants file',
  'tenants.reload': 'Every pod loads a changed tenants file by itself',
  'tenants.silo': 'A silo refuses a tenants file with a second tenant',
  'http.whoami': '/whoami names the tenant whose host was asked',
  'http.unknown-host': 'A host that is nobody’s gets 404',
  'http.suspended': 'A suspended tenant gets 403',
  'http.over-rate': 'A tenant over its rate gets 429',
  'metrics.duration': '/metrics has http_server_request_duration_seconds as a histogram',
  'metrics.labels': 'Its series carry service_version and tenant',
  'migrate.expand': 'The expand phase ends with 0, and when it is repeated, too',
  'migrate.contract': 'The contract phase ends with 0 after it, and when it is repeated, too',
  'migrate.exit-codes': 'Exit code 3 says that a release can never succeed',
  'tables.tenant-id': 'Every table that the product writes carries tenant_id',
  'tables.primary-key': 'tenant_id is in the primary key of every table that carries it',
  'tables.row-security': 'Row-level security by app.tenant_id is enabled and forced on them',
  'tables.foreign-keys': 'Their foreign keys are indexed',
  'stop.in-flight': 'A request that a pod has begun to receive is answered when the pod is told to stop',
} as const
export type ClauseId = keyof typeof CLAUSES
export const CLAUSE_IDS = Object.keys(CLAUSES) as ClauseId[] // keys of a literal

/** The outcome of a clause by what was seen, and by nothing else: it can be computed again from a record. */
export function judgeClause(observations: readonly Sighting[]): ClauseOutcome {
  if (observations.some(({ holds }) => holds === false)) return 'fail'
  return observations.length > 0 && observations.every(({ holds }) => holds === true) ? 'pass' : 'not-checked'
}

/** The outcome of all clauses together is that of the worst; no clauses prove nothing. */
export const overallClause = (clauses: readonly Pick<ClauseResult, 'outcome'>[]): ClauseOutcome =>
  (['fail', 'not-checked'] as const).find((bad) => clauses.some(({ outcome }) => outcome === bad)) ??
  (clauses.length > 0 ? 'pass' : 'not-checked')

/** How often each outcome was met. */
export function tallyClauses(clauses: readonly Pick<ClauseResult, 'outcome'>[]): Record<ClauseOutcome, number> {
  const counted = { pass: 0, fail: 0, 'not-checked': 0 }
  for (const { outcome } of clauses) counted[outcome] += 1
  return counted
}
