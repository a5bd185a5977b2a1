import { SpanKind } from '@opentelemetry/api'
import { Context } from '@temporalio/activity'
import { defaultPayloadConverter } from '@temporalio/common'
import type { ActivityInterceptorsFactory } from '@temporalio/worker'
import { TRACE_HEADER, type TraceCarrier } from '../../control-plane/domain/trace-parent.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import { inSpan } from '../../control-plane/platform/spans.ts'
import { stepName } from '../saga/saga.policy.ts'

/** Every attempt at a step is a span below its workflow's. An attempt whose worker died ends with it and is not seen. */
export const spanInterceptor: ActivityInterceptorsFactory = () => ({
  inbound: {
    execute(input, next) {
      const { info } = Context.current()
      const { operationId } = input.args[0] as OperationInput // every activity of ours takes it
      const header = input.headers[TRACE_HEADER]
      const carrier = header && defaultPayloadConverter.fromPayload<Partial<TraceCarrier> | null>(header)
      const step = stepName(info.activityType)
      const attributes = {
        'steward.operation.id': operationId,
        'steward.step': step,
        'steward.step.attempt': info.attempt,
      }
      const options = { kind: SpanKind.CONSUMER, attributes, parent: carrier?.traceparent ?? null }
      return inSpan(`step ${step}`, options, () => next(input))
    },
  },
})
