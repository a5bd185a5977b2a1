import { readCredential } from '../credentials/ensure-credentials.ts'
import { describeEstate, runningDaemon } from '../estate.ts'
import { estateProblems } from '../estate.errors.ts'
import { Problem } from '../../../control-plane/domain/problem.ts'

/** Asks the daemon of a home, or tells it to act; fails with `home.not-running` when there is none, else with the daemon's own problem. */
export async function askDaemon(
  home: string,
  path: string,
  method: 'GET' | 'POST' = 'GET',
  signal?: AbortSignal,
): Promise<Response> {
  const daemon = await runningDaemon(home)
  if (!daemon)
    throw estateProblems['home.not-running']({
      detail: `no estate runs in ${home}: start it with "npm start" or "npm run estate -- up"`,
    })
  const { credentials } = await describeEstate(home)
  const token = await readCredential(credentials.token('daemon'))
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(daemon.url + path, { method, headers, ...(signal ? { signal } : {}) })
  if (response.ok) return response
  const { code, detail, title } = (await response.json()) as { code: string; detail?: string; title: string } // the daemon's problem
  throw new Problem(code, { status: response.status, retryable: false, title }, detail ? { detail } : {})
}
