import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client'
import { defaultPayloadConverter } from '@temporalio/common'
import { TRACE_HEADER, type TraceCarrier } from '../domain/trace-parent.ts'
import { activeTraceParent } from './spans.ts'

export type Temporal = {
  client: Client
  /** Resolves when the server answers. */
  check: () => Promise<unknown>
  close: () => Promise<void>
}

/** Gives a workflow the trace it is started in. */
export const traceStarts: WorkflowClientInterceptor = {
  start(input, next) {
    const traceparent = activeTraceParent()
    if (traceparent === null) return next(input)
    const carrier: TraceCarrier = { traceparent }
    return next({
      ...input,
      headers: { ...input.headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(carrier) },
    })
  },
}

/** A client that connects when it is first used and again after a loss, so that the API starts while Temporal is away. */
export function connectTemporal({ address, namespace }: { address: string; namespace: string }): Temporal {
  const connection = Connection.lazy({ address })
  return {
    client: new Client({ connection, namespace, interceptors: { workflow: [traceStarts] } }),
    check: () =>
      connection.withDeadline(Date.now() + 1_500, () => connection.workflowService.describeNamespace({ namespace })),
    close: () => connection.close(),
  }
}
