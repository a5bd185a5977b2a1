import type { RequestLimits } from '../../control-plane/domain/limits.ts'
import { Problem, defineProblems } from '../../control-plane/domain/problem.ts'

/**
 * `refusing`: the edge itself answers 403 for the tenant, and sends nothing on. `limits`: what is over them it answers with 429; an edge
 * that cannot leaves it to the product, which keeps them, too.
 */
export type EdgeRoute = {
  host: string
  target: string
  unit: string
  tenant: string
  epoch: number
  refusing?: boolean
  limits?: RequestLimits
}

export interface EdgeRoutes {
  /** Sends a host to a unit's gateway. Repeating it changes nothing. */
  open: (route: EdgeRoute) => Promise<void>
  /** Closes a host; closing a closed one changes nothing. */
  close: (route: { host: string; tenant: string; epoch: number }) => Promise<void>
  /** All open routes. */
  list: () => Promise<EdgeRoute[]>
}

const problems = defineProblems<'edge.unreachable' | 'edge.refused'>({
  'edge.unreachable': { status: 503, retryable: true, title: 'The edge does not answer; is the estate up?' },
  'edge.refused': { status: 502, retryable: false, title: 'The edge refused the request' },
})

/** A call is given up after this time, in milliseconds: it is one small write on the same machine. */
const ANSWER_TIMEOUT_MS = 10_000

/**
 * Administers the routes of an edge through its API. Throws `effect.fenced` when a later operation has acted on the host,
 * `edge.host-taken` when it is open for another tenant, `edge.unreachable` (retryable) when nothing answers.
 */
export function edgeRoutes({ url, token }: { url: string; token: string }): EdgeRoutes {
  const base = `${url.replace(/\/$/, '')}/edge/routes`
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw problems['edge.unreachable']({ cause })
    })
    const answer: unknown = await response.json().catch(() => null)
    if (!response.ok) throw asProblem(response.status, answer)
    return answer
  }
  return {
    async open({ host, ...route }) {
      await call('PUT', `/${encodeURIComponent(host)}`, route)
    },
    async close({ host, tenant, epoch }) {
      await call(
        'DELETE',
        `/${encodeURIComponent(host)}?${new URLSearchParams({ tenant, epoch: String(epoch) }).toString()}`,
      )
    },
    async list() {
      return ((await call('GET', '')) as { routes: EdgeRoute[] }).routes // the edge's own answer, see stacks/local/edge
    },
  }
}

/** The edge's problem as ours, code kept: callers compare codes. */
function asProblem(status: number, answer: unknown): Problem {
  const { code, title, detail, retryable } = (answer ?? {}) as Record<string, unknown> // checked member by member
  if (typeof code !== 'string')
    return problems[status >= 500 ? 'edge.unreachable' : 'edge.refused']({ detail: `HTTP ${status}` })
  const definition = { status, retryable: retryable === true, title: typeof title === 'string' ? title : code }
  return new Problem(code, definition, typeof detail === 'string' ? { detail } : {})
}
