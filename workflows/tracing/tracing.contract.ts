import type { OperationKind } from '../../control-plane/domain/operation-kinds.ts'

/** What a workflow tells of itself as it ends. */
export type WorkflowEnd = {
  /** Where the span that started it stands. */
  parent: string
  kind: OperationKind
  outcome: 'succeeded' | 'failed' | 'cancelled'
}

/** The way out of the sandbox: called once, by the worker on which the workflow ends, and not in replays. */
export type SpanSinks = { spans: { workflowEnded: (end: WorkflowEnd) => void } }
