import { SpanStatusCode, trace } from '@opentelemetry/api'
import type { InjectedSinks } from '@temporalio/worker'
import { workflowSpanId } from '../../control-plane/domain/trace-parent.ts'
import { underTraceParent } from '../../control-plane/platform/spans.ts'
import { withSpanId } from '../../control-plane/platform/tracing.ts'
import type { SpanSinks } from './tracing.contract.ts'

/** Makes the span of a workflow once it has ended: from its start to now, under the id that its steps know it by. */
export const spanSinks: InjectedSinks<SpanSinks> = {
  spans: {
    workflowEnded: {
      callDuringReplay: false,
      fn({ runId, workflowId, startTime }, { parent, kind, outcome }) {
        const attributes = { 'steward.operation.id': workflowId, 'steward.operation.outcome': outcome }
        const span = withSpanId(workflowSpanId(runId), () =>
          trace.getTracer('steward').startSpan(`workflow ${kind}`, { startTime, attributes }, underTraceParent(parent)),
        )
        if (outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR })
        span.end()
      },
    },
  },
}
