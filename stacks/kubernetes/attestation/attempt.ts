import { guardOf, type Observation } from '../../../control-plane/domain/attestation.ts'
import { Problem } from '../../../control-plane/domain/problem.ts'
import type { ApiCall } from '../api-call.ts'
import type { Cluster } from '../cluster.ts'
import type { Link } from '../link.ts'

/** The API server's words are evidence, but some are long: a policy's refusal quotes every container. */
const WORDS = 300

/** What came of one call. */
export type Answer = { seen: 'allowed' | 'refused' | 'error'; guard: string | null; said: string; body: unknown }

/** Makes a call and says what came of it. Throws only when the run itself was stopped. */
export async function attempt(cluster: Cluster, call: ApiCall, link: Link): Promise<Answer> {
  try {
    return { seen: 'allowed', guard: null, said: 'admitted', body: await cluster.call(call, link) }
  } catch (error) {
    link.signal.throwIfAborted()
    if (!(error instanceof Problem)) throw error
    const said = error.message.slice(0, WORDS)
    const guard = guardOf(error.message)
    const refused = guard !== null && (error.extra?.['httpStatus'] === 403 || error.extra?.['httpStatus'] === 422)
    return { seen: refused ? 'refused' : 'error', guard, said, body: undefined }
  }
}

type Question = Pick<Observation, 'what' | 'part'>
const observe = (
  question: Question,
  expected: Observation['expected'],
  guards: readonly string[],
  { seen, guard, said }: Omit<Answer, 'body'>,
): Observation => ({ ...question, expected, guards, seen, guard, said })

/** A probe: must be refused, and by one of these guards. */
export const mustRefuse = (what: string, guards: readonly string[], answer: Omit<Answer, 'body'>): Observation =>
  observe({ what, part: 'probe' }, 'refused', guards, answer)
/** A probe that must go through: the tenant needs it. */
export const mustAllow = (what: string, answer: Omit<Answer, 'body'>): Observation =>
  observe({ what, part: 'probe' }, 'allowed', [], answer)
/** A control that must go through: only then does a refusal of the probe mean something. */
export const controlAllows = (what: string, answer: Omit<Answer, 'body'>): Observation =>
  observe({ what, part: 'control' }, 'allowed', [], answer)
/** A control that must be refused: what is allowed ends somewhere. */
export const controlRefuses = (what: string, guards: readonly string[], answer: Omit<Answer, 'body'>): Observation =>
  observe({ what, part: 'control' }, 'refused', guards, answer)

/** Something that was looked at instead of tried. */
export const looked = (part: Observation['part'], what: string, holds: boolean, said: string): Observation => ({
  what,
  part,
  expected: 'holds',
  guards: [],
  seen: holds ? 'holds' : 'violated',
  guard: null,
  said: said.slice(0, WORDS),
})

/** What this cluster has no means for; said plainly, never counted as a pass. */
export const unavailable = (what: string, why: string): Observation => ({
  what,
  part: 'probe',
  expected: 'holds',
  guards: [],
  seen: 'unavailable',
  guard: null,
  said: why,
})
