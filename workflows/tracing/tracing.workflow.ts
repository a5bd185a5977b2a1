import { defaultPayloadConverter } from '@temporalio/common'
import { isCancellation, proxySinks, workflowInfo, type WorkflowInterceptorsFactory } from '@temporalio/workflow'
import {
  formatTraceParent,
  parseTraceParent,
  TRACE_HEADER,
  workflowSpanId,
  type TraceCarrier,
} from '../../control-plane/domain/trace-parent.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import type { SpanSinks, WorkflowEnd } from './tracing.contract.ts'

/**
 * Hands the trace of a workflow's start on to its activities, with the workflow itself as the span between. Spans are made
 * outside the sandbox: here are only names that every replay comes to again. Nothing of it is a command, so histories recorded
 * without it replay.
 */
export const interceptors: WorkflowInterceptorsFactory = () => {
  const { spans } = proxySinks<SpanSinks>()
  let parent: string | undefined
  return {
    inbound: [
      {
        async execute(input, next) {
          const header = input.headers[TRACE_HEADER]
          const carried = header && defaultPayloadConverter.fromPayload<Partial<TraceCarrier> | null>(header)
          if (parseTraceParent(carried?.traceparent) === undefined) return next(input)
          parent = carried?.traceparent ?? ''
          const { kind } = input.args[0] as OperationInput // every workflow of ours takes it
          const ended = (outcome: WorkflowEnd['outcome']) =>
            spans.workflowEnded({ parent: parent ?? '', kind, outcome })
          try {
            const result = await next(input)
            ended('succeeded')
            return result
          } catch (error) {
            ended(isCancellation(error) ? 'cancelled' : 'failed')
            throw error
          }
        },
      },
    ],
    outbound: [
      {
        scheduleActivity(input, next) {
          const outer = parseTraceParent(parent)
          if (outer === undefined) return next(input)
          const carrier: TraceCarrier = {
            traceparent: formatTraceParent({ ...outer, spanId: workflowSpanId(workflowInfo().runId) }),
          }
          const headers = { ...input.headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(carrier) }
          return next({ ...input, headers })
        },
      },
    ],
  }
}
