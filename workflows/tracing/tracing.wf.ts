import { cancellationSignal } from '@temporalio/activity'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../control-plane/platform/logger.ts'
import { startTracing } from '../../control-plane/platform/tracing.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import { otlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../../test/support/otlp-receiver.ts'
import { workflowRig, type WorkflowRig } from '../../test/support/workflow-rig.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER = '00f067aa0ba902b7'
const fault = { status: 500, title: 'It broke on purpose' }

let receiver: OtlpReceiver
let told: Record<string, unknown>
let log: string[]
let failedId: string
const provisioned = { slug: 'acme-of-the-trace', operationId: '' }

/** One provisioning asked for within a trace, with a step that fails once and a worker that is replaced within another. */
beforeAll(async () => {
  receiver = await otlpReceiver()
  const tracing = await startTracing(
    'steward-test',
    { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    createLogger({ level: 'silent', process: 'test' }),
  )
  const rig = await workflowRig()
  try {
    await rig.prepare('tenant.provision')
    const reached = Promise.withResolvers<void>()
    rig.hooks.beforeEffect = ({ step, attempt }) => {
      if (step === 'apply-route' && attempt === 1) throw new Problem('test.fault', { ...fault, retryable: true })
      return step === 'open-edge' && attempt === 1 ? untilStopped(reached.resolve) : undefined
    }
    const asked = await rig.call('POST', '/v1/tenants', {
      body: { slug: provisioned.slug, plan: 'starter-shared' },
      headers: { traceparent: `00-${TRACE}-${CALLER}-01` },
    })
    provisioned.operationId = String(asked.body['operationId'])
    await reached.promise
    await rig.replaceWorker()
    expect((await rig.ended(provisioned.operationId)).state).toBe('succeeded')
    told = (await rig.call('GET', `/v1/operations/${provisioned.operationId}`)).body
    rig.hooks.beforeEffect = ({ step }) => {
      if (step === 'apply-route') throw new Problem('test.fatal', { ...fault, retryable: false })
    }
    failedId = await rig.ask('tenant.provision', { cellId: '', tenantId: '', slug: 'globex-of-the-trace' })
    await rig.ended(failedId)
    await over(rig, failedId) // its span is made by the workflow's last task, which comes after the record's end
    log = rig.log
  } finally {
    await rig.close()
    await tracing.close()
  }
})
afterAll(() => receiver.close())

/** Waits for the workflow's own end, whichever it is. */
const over = async ({ client }: WorkflowRig, operationId: string): Promise<void> =>
  void (await client.workflow
    .getHandle(operationId)
    .result()
    .catch((error: unknown) => error))

/** Holds a step until its worker gives it up. */
async function untilStopped(reached: () => void): Promise<void> {
  const signal = cancellationSignal()
  const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve))
  reached()
  await stopped
  signal.throwIfAborted()
}

const inTrace = () => receiver.spans.filter(({ traceId }) => traceId === TRACE)
const only = (name: string, spans = inTrace()): ReceivedSpan => {
  const found = spans.filter((span) => span.name === name)
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} spans are called ${name}`)
  return found[0]
}
const below = (parent: ReceivedSpan): string[] =>
  inTrace()
    .filter(({ parentSpanId }) => parentSpanId === parent.spanId)
    .toSorted((a, b) => a.startMs - b.startMs)
    .map(({ name }) => name)

test('request, relay, workflow and steps of one provisioning are one trace, each under the one that caused it', () => {
  const request = only('POST /v1/tenants')
  expect(request.parentSpanId).toBe(CALLER)
  const delivery = only('operation.deliver')
  expect(delivery.parentSpanId).toBe(request.spanId)
  const workflow = only('workflow tenant.provision')
  expect(workflow.parentSpanId).toBe(delivery.spanId)
  expect(workflow.attributes).toMatchObject({
    'steward.operation.id': provisioned.operationId,
    'steward.operation.outcome': 'succeeded',
  })
  const steps = below(workflow)
  expect([...new Set(steps)]).toEqual([
    'step publish-tenant',
    'step apply-route',
    'step open-edge',
    'step probe-serving',
    'step close-operation',
  ])
  expect(inTrace().filter(({ name }) => name.startsWith('step '))).toHaveLength(steps.length)
  for (const span of inTrace().filter(({ name }) => name.startsWith('step '))) {
    expect(span.startMs).toBeGreaterThanOrEqual(workflow.startMs)
    expect(span.endMs).toBeLessThanOrEqual(workflow.endMs)
  }
})

test('every attempt at a step is a span of its own: the one that failed and the one a stopped worker gave up, too', () => {
  const attempts = (step: string) =>
    inTrace()
      .filter(({ name }) => name === `step ${step}`)
      .map(({ attributes, failed }) => ({
        attempt: attributes['steward.step.attempt'],
        failed,
        error: attributes['error.type'],
      }))
      .toSorted((a, b) => Number(a.attempt) - Number(b.attempt))
  expect(attempts('apply-route')).toEqual([
    { attempt: 1, failed: true, error: 'test.fault' },
    { attempt: 2, failed: false, error: undefined },
  ])
  expect(attempts('open-edge')).toEqual([
    { attempt: 1, failed: true, error: 'worker.stopping' },
    { attempt: 2, failed: false, error: undefined },
  ])
  expect(attempts('publish-tenant')).toHaveLength(1)
})

test('what a step asks of the infrastructure and of the database is below it', () => {
  expect(below(only('step publish-tenant'))).toEqual(
    expect.arrayContaining(['sql operations.step-start', 'cluster publishTenants', 'cluster waitForTenantsRevision']),
  )
  expect(below(only('step probe-serving'))).toContain('edge probe')
  expect(below(only('POST /v1/tenants'))).toContain('sql operations.insert')
})

test('an operation names its trace, and so do the lines of the log that belong to it', () => {
  expect(told['traceId']).toBe(TRACE)
  const lines = log.map((line) => JSON.parse(line) as Record<string, unknown>)
  const steps = lines.filter(
    ({ event, operationId }) => event === 'step.succeeded' && operationId === provisioned.operationId,
  )
  expect(steps.length).toBeGreaterThan(3)
  for (const line of steps) expect(line['trace_id']).toBe(TRACE)
})

test('a request that names no trace begins one, and a failed operation is a failed span', () => {
  const workflow = receiver.spans.find(
    ({ name, attributes }) => name.startsWith('workflow ') && attributes['steward.operation.id'] === failedId,
  )
  expect(workflow).toMatchObject({ failed: true, attributes: { 'steward.operation.outcome': 'failed' } })
  expect(workflow?.traceId).not.toBe(TRACE)
  const spans = receiver.spans.filter(({ traceId }) => traceId === workflow?.traceId)
  expect(only('POST /v1/tenants', spans).parentSpanId).toBe('')
  expect(spans.map(({ name }) => name)).toContain('step undo-publish-tenant')
})

test('no span says the name of a tenant or its host', () => {
  const text = JSON.stringify(receiver.spans)
  expect(text).not.toContain('of-the-trace')
  expect(text).toContain(provisioned.operationId)
})
