import type { RejectCode } from '../../domain/admission.ts'
import type { PlanCode } from '../../domain/change-plan.ts'
import type { ApprovalCode } from '../../domain/approvals.ts'
import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems<
  | RejectCode
  | ApprovalCode
  | PlanCode
  | 'operation.not-found'
  | 'operation.finished'
  | 'operation.irreversible'
  | 'operation.not-retryable'
  | 'operation.superseded'
  | 'operation.settled'
  | 'operation.too-many-watchers'
  | 'plan.not-offered'
>({
  'operation.conflict': { status: 409, retryable: true, title: 'Another operation forbids this' },
  'approval.same-operator': {
    status: 403,
    retryable: false,
    title: 'Somebody else than the one who asked has to decide',
  },
  'approval.not-needed': { status: 409, retryable: false, title: 'The operation waits for nobody’s approval' },
  'approval.withdrawn': { status: 409, retryable: false, title: 'The operation was cancelled while it waited' },
  'approval.rejected': { status: 409, retryable: false, title: 'The operation was rejected' },
  'approval.expired': { status: 409, retryable: false, title: 'Nobody approved the operation in time' },
  'plan.none': { status: 404, retryable: false, title: 'The operation has no change plan' },
  'plan.not-ready': { status: 409, retryable: true, title: 'There is no change plan yet, or it could not be made' },
  'plan.hash-required': {
    status: 409,
    retryable: false,
    title: 'The approval has to name the change plan that was looked at',
  },
  'plan.not-offered': {
    status: 409,
    retryable: false,
    title: 'This change is not planned first; ask for it without a plan',
  },
  'plan.stale': { status: 409, retryable: false, title: 'The change plan is another one by now: look at it again' },
  'plan.conflicts': { status: 409, retryable: false, title: 'Something stands against what is to be adopted' },
  'plan.release-required': {
    status: 409,
    retryable: false,
    title: 'The approval has to name every protected resource that is replaced or deleted',
  },
  'operation.not-found': { status: 404, retryable: false, title: 'No such operation' },
  'operation.finished': { status: 409, retryable: false, title: 'The operation has ended already' },
  'operation.irreversible': { status: 409, retryable: false, title: 'The operation is past the point of no return' },
  'operation.not-retryable': {
    status: 409,
    retryable: false,
    title: 'Only a failed or cancelled operation can be retried',
  },
  'operation.superseded': { status: 409, retryable: false, title: 'A later operation has overtaken this one' },
  'operation.settled': {
    status: 409,
    retryable: false,
    title: 'The operation was settled: its late effects are refused',
  },
  'operation.too-many-watchers': { status: 503, retryable: true, title: 'Too many open event streams' },
})

/** Outcome of an operation whose workflow is gone: what it did so far stands, a retry carries on from there. */
export const LOST = {
  code: 'operation.lost',
  message: 'The workflow of this operation is gone (terminated by hand, or its history was lost). Retry the operation.',
} as const

/** Why there is no plan where whoever makes it is gone. */
export const PLANNER_LOST = {
  code: 'plan.lost',
  message:
    'The workflow that makes the plan is gone (terminated by hand, or its history was lost). Have it planned again.',
} as const
