import { runnerProblems } from '../runner.errors.ts'
import type { Problem } from '../../../../control-plane/domain/problem.ts'

/** What the engine's library says of an object: what a provider asks S3 for a resource is about buckets. */
const FAILED = /operation error S3: (\w*Objects?(?:V2)?)\b(?:[^\n]*?StatusCode: (\d+))?/
const REFUSED = new Set(['401', '403'])

/** Whether the engine failed because of the bucket that its state is in, and how; its own words may name keys and are not told. */
export function engineFault(said: string): Problem | undefined {
  const [, operation, status] = FAILED.exec(said) ?? []
  if (operation === undefined) return undefined
  const code = REFUSED.has(status ?? '') ? 'state.refused' : 'state.unreachable'
  return runnerProblems[code]({ detail: `the engine: ${operation}, ${status ?? 'no answer'}` })
}
