import { defineProblems, Problem } from '../../../control-plane/domain/problem.ts'

/** Everything that can go wrong with a run of the engine. The detail of each says what to do. */
export const runnerProblems = defineProblems({
  'effect.fenced': { status: 409, retryable: false, title: 'A newer operation has already acted here' },
  'plan.stale': {
    status: 409,
    retryable: false,
    title: 'The change is no longer the one that was previewed; preview it again',
  },
  'pulumi.missing': {
    status: 500,
    retryable: false,
    title: 'Pulumi is missing or of the wrong version; run "npm run estate -- toolchain"',
  },
  'stack.busy': { status: 409, retryable: true, title: 'Another run works on the stack' },
  'stack.deadline': { status: 504, retryable: true, title: 'The run took too long and was ended; repair, then retry' },
  'stack.failed': { status: 502, retryable: true, title: 'The engine failed; see the detail' },
  'stack.interrupted': {
    status: 409,
    retryable: false,
    title: 'An earlier run was cut off amid a change; repair the stack, then retry',
  },
  'stack.protected': {
    status: 409,
    retryable: false,
    title: 'Protected resources would be replaced or deleted; name each of them in the approval',
  },
  'stack.runner-lost': {
    status: 502,
    retryable: true,
    title: 'The process that ran the engine ended without a word; repair, then retry',
  },
  'stack.settings-invalid': { status: 500, retryable: false, title: 'The settings of the run cannot be used' },
  'state.corrupt': {
    status: 500,
    retryable: false,
    title: 'The state of the stack cannot be read; put the copy named back, or correct the file',
  },
  'state.exists': {
    status: 409,
    retryable: false,
    title: 'Another state is kept there already; name another prefix or bucket, or remove it if it is nobody’s',
  },
  'state.lease-lost': {
    status: 503,
    retryable: true,
    title:
      'The bucket of the states was out of reach for too long, and the engine was ended before another machine takes over; retry',
  },
  'state.refused': {
    status: 502,
    retryable: false,
    title:
      'The store of the states of stacks refuses what it is asked for; give the account or the credential its rights, then retry',
  },
  'state.unreachable': {
    status: 503,
    retryable: true,
    title:
      'The store of the states of stacks does not answer, has no room, or no credential for it was found; make it reachable, then retry',
  },
  'state.unknown': { status: 404, retryable: false, title: 'There is no state of this stack here' },
})

/** A problem as it crosses from the runner to its parent. */
export type PlainProblem = Pick<Problem, 'code' | 'status' | 'retryable' | 'title' | 'fields' | 'extra'> & {
  detail: string | null
}

export const toPlain = (error: Problem): PlainProblem => {
  const { code, status, retryable, title, fields, extra, detail = null } = error
  return { code, status, retryable, title, fields, extra, detail }
}

export function fromPlain({ code, detail, fields, extra, ...definition }: PlainProblem): Problem {
  return new Problem(code, definition, { ...(detail === null ? {} : { detail }), fields, extra })
}
