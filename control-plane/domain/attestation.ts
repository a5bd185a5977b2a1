/** What is asked of a unit's isolation. A check fails only for what was seen to be open; silence and surprises never pass. */
export const OUTCOMES = ['pass', 'fail', 'inconclusive', 'not-enforced'] as const
export type CheckOutcome = (typeof OUTCOMES)[number]

/** One thing that was tried or looked at. */
export type Observation = {
  /** What was tried, for people. */
  what: string
  /** A probe asks for what must not be; a control shows that the question was a fair one. */
  part: 'probe' | 'control'
  expected: 'refused' | 'allowed' | 'holds'
  /** Refusals that count, by the name of the guard; a refusal by anything else says nothing. Empty when none is expected. */
  guards: readonly string[]
  /** `unavailable`: the cluster has nothing that could be tried. */
  seen: 'allowed' | 'refused' | 'holds' | 'violated' | 'unavailable' | 'error'
  /** Who refused, when it said so. */
  guard: string | null
  /** The cluster's words, shortened. */
  said: string
}

export type CheckResult = { id: string; title: string; outcome: CheckOutcome; observations: readonly Observation[] }

const met = ({ expected, seen, guard, guards }: Observation): boolean =>
  expected === 'refused' ? seen === 'refused' && guard !== null && guards.includes(guard) : seen === expected

/** Seen for certain: admitted what must be refused, refused by a known guard what must be allowed, violated what must hold. */
const breached = ({ expected, seen, guard }: Observation): boolean =>
  (expected === 'refused' && seen === 'allowed') ||
  (expected === 'allowed' && seen === 'refused' && guard !== null) ||
  (expected === 'holds' && seen === 'violated')

/**
 * The outcome of a check by what was seen, and by nothing else: it can be computed again from a record. An open door is a
 * failure whatever the controls say; without one, every control and every probe must have gone as expected.
 */
export function judge(observations: readonly Observation[]): CheckOutcome {
  const probes = observations.filter(({ part }) => part === 'probe')
  if (probes.some(breached)) return 'fail'
  const missing = (seen: Observation) => seen.seen === 'unavailable'
  const unclear = observations.filter((seen) => !met(seen) && !missing(seen))
  if (unclear.length > 0 || probes.length === 0) return 'inconclusive'
  return observations.some(missing) ? 'not-enforced' : 'pass'
}

export type Verdict = Readonly<Record<CheckOutcome, number>>
/** How often each outcome was met. */
export function tally(results: readonly Pick<CheckResult, 'outcome'>[]): Verdict {
  const counted: Record<CheckOutcome, number> = { pass: 0, fail: 0, inconclusive: 0, 'not-enforced': 0 }
  for (const { outcome } of results) counted[outcome] += 1
  return counted
}

/** Names of guards that are no policies of ours. */
export const GUARD = {
  rbac: 'rbac',
  escalation: 'rbac-escalation',
  podSecurity: 'pod-security',
  quota: 'quota',
  privilegedOff: 'allow-privileged-off',
  mutation: 'mutation',
  network: 'network',
} as const

const WORDS: readonly (readonly [RegExp, string | null])[] = [
  [/ValidatingAdmissionPolicy '([^']+)'/, null],
  [/admission webhook "([^"]+)"/, null],
  [/violates PodSecurity "restricted:/, GUARD.podSecurity],
  [/exceeded quota: /, GUARD.quota],
  [/is attempting to grant RBAC permissions not currently held/, GUARD.escalation],
  [/privileged: Forbidden: disallowed by cluster policy/, GUARD.privilegedOff],
  [/ cannot [a-z]+ (?:resource|path) "/, GUARD.rbac],
]

/** Who refused, by the API server's words; null when it was nobody known, for example a fault of the request itself. */
export function guardOf(said: string): string | null {
  for (const [words, guard] of WORDS) {
    const found = words.exec(said)
    if (found) return guard ?? found[1] ?? null
  }
  return null
}

/**
 * The checks, by the ids of kubectl-mtb. It used `MTB-PL1-BC-HI-1` twice, hence the suffix; the last four it numbered and never
 * built. The list is the only one: reports, documents and tests count what is here.
 */
export const CHECKS = {
  'MTB-PL1-CC-CPI-1': 'Block access to cluster resources',
  'MTB-PL1-BC-CPI-2': 'Block changes of the plane’s own objects',
  'MTB-PL1-BC-CPI-3': 'Block added capabilities',
  'MTB-PL1-BC-CPI-4': 'Require a user that is not root',
  'MTB-PL1-BC-CPI-5': 'Block privileged containers',
  'MTB-PL1-BC-CPI-6': 'Block privilege escalation',
  'MTB-PL1-CC-TI-1': 'Block changes of resource quotas',
  'MTB-PL1-CC-TI-2': 'Block access to resources of other tenants',
  'MTB-PL1-BC-HI-1': 'Block host paths',
  'MTB-PL1-BC-HI-1-nodeport': 'Block NodePort services',
  'MTB-PL1-BC-HI-3': 'Block host networking and ports',
  'MTB-PL1-BC-HI-4': 'Block processes of the host',
  'MTB-PL1-BC-HI-5': 'Block shared memory of the host',
  'MTB-PL1-CC-FNS-1': 'Set quotas of compute resources',
  'MTB-PL1-CC-FNS-2': 'Set limits on numbers of objects',
  'MTB-PL1-CC-DI-1': 'Require images to be pulled always',
  'MTB-PL2-CC-TI-1': 'Block escalation of roles',
  'MTB-PL2-BC-OPS-3': 'Let tenants manage roles of their own',
  'MTB-PL2-BC-OPS-4': 'Let tenants manage network policies of their own',
  'MTB-1198': 'Require claims for storage',
  'MTB-1199': 'Require volumes that are deleted with their claim',
  'MTB-1200': 'Block use of existing volumes',
  'MTB-1201': 'Block network access between tenants',
} as const
export type CheckId = keyof typeof CHECKS
export const CHECK_IDS = Object.keys(CHECKS) as CheckId[] // keys of a literal
