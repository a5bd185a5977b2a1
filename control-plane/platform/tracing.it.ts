import { trace } from '@opentelemetry/api'
import { afterEach, expect, test } from 'vitest'
import { otlpReceiver } from '../../test/support/otlp-receiver.ts'
import { until } from '../../test/support/postgres.ts'
import { createLogger } from './logger.ts'
import { activeTraceParent, inSpan } from './spans.ts'
import { startTracing, type Tracing } from './tracing.ts'

let tracing: Tracing | undefined
afterEach(() => tracing?.close())

const listening = () => {
  const lines: Record<string, unknown>[] = []
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>)
  return { lines, logger: createLogger({ level: 'debug', process: 'test' }, { write }) }
}

test('without a collector nothing is exported, and lines of one trace still share its id', async () => {
  const { lines, logger } = listening()
  tracing = await startTracing('test', {}, logger)
  await inSpan('outer', {}, async () => {
    logger.info({ event: 'a' }, 'a')
    await inSpan('inner', {}, async () => logger.info({ event: 'b' }, 'b'))
    expect(activeTraceParent()).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
    expect(trace.getActiveSpan()?.isRecording()).toBe(false)
  })
  logger.info({ event: 'c' }, 'c')
  const [a, b, c] = lines.map((line) => line['trace_id'])
  expect(a).toMatch(/^[0-9a-f]{32}$/)
  expect(b).toBe(a)
  expect(c).toBeUndefined()
})

test('a caller that does not want its trace kept is heard', async () => {
  const receiver = await otlpReceiver()
  tracing = await startTracing('test', { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint }, listening().logger)
  const parent = (flags: string) => `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-${flags}`
  await inSpan('unwanted', { parent: parent('00') }, async () => {})
  await inSpan('wanted', { parent: parent('01') }, async () => {})
  await tracing.close()
  expect(receiver.spans.map(({ name }) => name)).toEqual(['wanted'])
  await receiver.close()
})

test('spans go out with the headers the collector wants, and a collector that fails is said once', async () => {
  const receiver = await otlpReceiver()
  const { lines, logger } = listening()
  const collector = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.endpoint}/`,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a=b, x-team=plane',
  }
  tracing = await startTracing('test', collector, logger)
  const events = () => lines.map(({ event }) => event)
  const export1 = async (name: string) => {
    const before = receiver.requests()
    await inSpan(name, {}, async () => {})
    await until(async () => expect(receiver.requests()).toBeGreaterThan(before))
  }
  receiver.refuse(true)
  await export1('lost')
  await export1('lost too')
  receiver.refuse(false)
  await export1('kept')
  await until(async () => expect(events()).toEqual(['tracing.export-failing', 'tracing.export-recovered']))
  expect(receiver.spans.map(({ name, service }) => ({ name, service }))).toEqual([{ name: 'kept', service: 'test' }])
  expect(receiver.headers()).toMatchObject({ 'x-key': 'a=b', 'x-team': 'plane' })
  await receiver.close()
})
