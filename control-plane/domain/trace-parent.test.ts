import { expect, test } from 'vitest'
import { formatTraceParent, parseTraceParent, workflowSpanId } from './trace-parent.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

test('a traceparent is read and written as it was', () => {
  const context = parseTraceParent(`00-${TRACE}-${SPAN}-01`)
  expect(context).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true })
  expect(formatTraceParent({ traceId: TRACE, spanId: SPAN, sampled: true })).toBe(`00-${TRACE}-${SPAN}-01`)
  expect(parseTraceParent(`00-${TRACE}-${SPAN}-02`)?.sampled).toBe(false)
  expect(parseTraceParent(`01-${TRACE}-${SPAN}-01-of-tomorrow`)?.traceId).toBe(TRACE)
})

test.each([
  ['nothing', undefined],
  ['a list', [`00-${TRACE}-${SPAN}-01`]],
  ['zero ids', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['a zero span', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ['more than version 00 has', `00-${TRACE}-${SPAN}-01-x`],
  ['the version that is never used', `ff-${TRACE}-${SPAN}-01`],
  ['something else', "'; drop table operations"],
])('%s is no traceparent', (_what, text) => expect(parseTraceParent(text)).toBeUndefined())

test('a workflow run has one span id', () => {
  expect(workflowSpanId('0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55')).toBe('9f6a2f1a7e0b6c55')
})
