import type { Sighting } from '../../control-plane/domain/contract.ts'
import type { PublishedTenant } from '../../control-plane/domain/tenants-file.ts'
import { type Answer, ask, membersOf } from './ask.ts'
import type { Asked } from './asked.ts'
import { metricsSeen } from './metrics-clauses.ts'
import { saw, type Seen, unclear } from './sighting.ts'

const NOBODY = 'nobody-at-all.invalid'
/** Many times what the limited tenant may, as fast as they are answered. */
const REQUESTS = 30
const SILO = 'a silo serves its own tenant alone, so that the check can have none there: check a cell of the product'

const hostOf = ({ hosts }: Pick<PublishedTenant, 'hosts'>): string => hosts[0] ?? ''
const said = ({ status, body }: Answer): string => `HTTP ${status} ${body.slice(0, 120)}`

/** Asks every pod as operators and as tenants do. */
export async function httpClauses(asked: Asked): Promise<Seen> {
  const { served, suspended, limited } = asked
  const whoami = ({ slug }: Asked['served'], answer: Answer) => {
    const { tenant } = membersOf(answer)
    return answer.status === 200 && tenant === slug
  }
  return {
    'http.healthz': await each(asked, '/healthz', null, 'HTTP 200', ({ status }) => status === 200),
    'http.readyz': await each(asked, '/readyz', null, 'HTTP 200', ({ status }) => status === 200),
    'http.version': await each(asked, '/version', null, versionExpected(asked), (answer) => saysVersion(asked, answer)),
    'http.whoami': await each(asked, '/whoami', hostOf(served), `HTTP 200 with tenant ${served.slug}`, (answer) =>
      whoami(served, answer),
    ),
    'http.unknown-host': await each(asked, '/whoami', NOBODY, 'HTTP 404', ({ status }) => status === 404),
    'http.suspended': suspended
      ? await each(asked, '/whoami', hostOf(suspended), 'HTTP 403', ({ status }) => status === 403)
      : [unclear('a suspended tenant', SILO, 'elsewhere')],
    'http.over-rate': limited
      ? await overRate(asked, hostOf(limited))
      : [unclear('a tenant with a low rate', SILO, 'elsewhere')],
    ...(await metricsSeen(asked)),
  }
}

const versionExpected = ({ version }: Asked): string => `version ${version} and a whole number as tenantsRevision`
function saysVersion({ version }: Asked, answer: Answer): boolean {
  const { version: says, tenantsRevision } = membersOf(answer)
  return answer.status === 200 && says === version && Number.isInteger(tenantsRevision)
}

/** One observation a pod; a pod that does not answer cannot be judged. */
async function each(
  { pods, signal }: Pick<Asked, 'pods' | 'signal'>,
  path: string,
  host: string | null,
  expected: string,
  holds: (answer: Answer) => boolean,
): Promise<Sighting[]> {
  return Promise.all(
    pods.map(async (pod) => {
      const what = `${path} of pod ${pod.name}${host === null ? '' : ` for ${host}`}`
      try {
        const answer = await ask(pod, path, host, signal)
        return saw(what, expected, said(answer), holds(answer))
      } catch (error) {
        signal.throwIfAborted()
        return saw(what, expected, `no answer: ${error instanceof Error ? error.message : String(error)}`, false)
      }
    }),
  )
}

async function overRate({ pods, signal }: Asked, host: string): Promise<Sighting[]> {
  return Promise.all(
    pods.map(async (pod) => {
      const what = `${REQUESTS} requests at once at pod ${pod.name} for a tenant of one a second`
      const answers = await Promise.allSettled(
        Array.from({ length: REQUESTS }, () => ask(pod, '/whoami', host, signal)),
      )
      signal.throwIfAborted()
      const seen = answers.map((one) => (one.status === 'fulfilled' ? one.value.status : 0))
      const counts = [...new Set(seen)]
        .toSorted()
        .map((status) => `${seen.filter((one) => one === status).length} of ${status || 'no answer'}`)
      const odd = seen.some((status) => status !== 200 && status !== 429)
      return saw(what, 'only 200 and 429, and some 429', counts.join(', '), !odd && seen.includes(429))
    }),
  )
}
