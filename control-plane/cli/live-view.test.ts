import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { screenAfter } from '../../test/support/terminal.ts'
import type { OperationDetail } from '../client/generated/types.gen.ts'
import { fit, openView } from './live-view.ts'
import { truncate } from './text.ts'

const STEPS = [
  'Create the namespace and its guardrails',
  'Create the database',
  'Run the product migrations',
  'Deploy',
  'Verify',
]
type Step = OperationDetail['steps'][number]

/** An operation of which so many steps are done, and the next one runs. */
function operationWith(done: number, more: Partial<OperationDetail> = {}): OperationDetail {
  const steps = STEPS.map((title, index): Step => {
    const state = index < done ? 'succeeded' : index === done ? 'running' : 'pending'
    const [startedAt, finishedAt] = ['2026-11-22T09:30:00.000Z', index < done ? '2026-11-22T09:30:01.200Z' : null]
    return { step: `step-${index}`, title, state, attempt: 1, startedAt, finishedAt, error: null }
  })
  return {
    id: 'op-1', kind: 'cell.create', state: 'running', subject: 'cell-1', tenantId: null, unitId: 'unit-1', region: 'local-1', behind: null,
    progress: { done, total: STEPS.length }, retryOf: null, requestedBy: null, approval: null, error: null, createdAt: '', admittedAt: '',
    cancelRequestedAt: null, finishedAt: null, input: {}, traceId: null, steps, timeRemaining: { p50Ms: 9000, p95Ms: 20_000 },
    pointOfNoReturn: null, cancellable: true, retryable: false, ...more,
  } // prettier-ignore
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Paints on a terminal of this size that had something on it before. */
function painting(size: { columns: number; rows: number }) {
  let output = '$ steward cells create main --wait\n'
  const view = openView({ terminal: { paint: (text) => (output += text), size: () => size }, note: () => {} })
  return { view, screen: () => screenAfter(output, size), output: () => output }
}

test('each painting replaces the one before', () => {
  const { view, screen } = painting({ columns: 80, rows: 24 })
  for (const done of [0, 1, 2]) view.update(operationWith(done))
  view.close()
  expect(screen()).toEqual([
    '$ steward cells create main --wait',
    'cell.create running: 2 of 5 steps, about 9.0 s left',
    '  ✓ Create the namespace and its guardrails  1.2 s',
    '  ✓ Create the database  1.2 s',
    '  … Run the product migrations',
    '    Deploy',
    '    Verify',
    '',
  ])
})

test('the time remaining goes on without news', () => {
  const { view, screen } = painting({ columns: 80, rows: 24 })
  view.update(operationWith(2))
  vi.advanceTimersByTime(4000)
  expect(screen()[1]).toContain('about 5.0 s left')
  vi.advanceTimersByTime(6000)
  expect(screen()[1]).toContain('slower than usual, rarely more than 10.0 s')
  vi.advanceTimersByTime(30_000)
  expect(screen()[1]).toContain('slower than ever')
  view.close()
  expect(vi.getTimerCount()).toBe(0)
})

test.each([
  { columns: 20, rows: 24 },
  { columns: 33, rows: 5 },
  { columns: 12, rows: 3 },
  { columns: 12, rows: 2 },
])('a terminal of $columns by $rows is never garbled', (size) => {
  const { view, screen } = painting(size)
  const heads = () => screen().filter((line) => line.startsWith('cell.cr'))
  for (const done of [0, 1, 2, 3, 4, 5]) {
    view.update(operationWith(done))
    expect(heads()).toHaveLength(1)
    expect(screen().length).toBeLessThanOrEqual(2 * Math.ceil(34 / size.columns) + Math.min(6, size.rows - 1))
  }
  view.update(operationWith(5, { state: 'succeeded', timeRemaining: null }))
  view.close()
  expect(heads()).toHaveLength(1)
  expect(screen().at(-1)).toBe('')
  for (const line of screen().slice(-Math.min(7, size.rows))) expect(line.length).toBeLessThan(size.columns)
})

test('when there is no room for all steps, those that were done first are left out', () => {
  const lines = ['head', 'a', 'b', 'c', 'd']
  expect(fit(lines, { columns: 80, rows: 6 })).toEqual(lines)
  expect(fit(lines, { columns: 80, rows: 5 })).toEqual(['head', '  (2 more lines)', 'c', 'd'])
  expect(fit(lines, { columns: 80, rows: 3 })).toEqual(['head', '  (4 more lines)'])
  expect(fit(lines, { columns: 80, rows: 2 })).toEqual(['head'])
  expect(fit(lines, { columns: 80, rows: 1 })).toEqual(['head'])
  expect(fit(lines, { columns: 0, rows: 0 })).toEqual(lines) // a terminal that was never told its size
})

test('a line is cut by what it takes on the screen', () => {
  expect(truncate('abcdef', 6)).toBe('abcdef')
  expect(truncate('abcdef', 5)).toBe('abcd…')
  expect(truncate('日本語です', 6)).toBe('日本…')
  expect(truncate('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…')
  expect(truncate('abc', 0)).toBe('')
})

test('an error of several lines or with escape sequences stays one harmless line', () => {
  const { view, screen } = painting({ columns: 80, rows: 24 })
  const operation = operationWith(0)
  const error = { code: 'migration.failed', message: 'ERROR:\n  bad \u001B[2J' }
  view.update({
    ...operation,
    steps: operation.steps.map((step, index) => (index === 0 ? { ...step, state: 'failed', error } : step)),
  })
  view.close()
  expect(screen()[2]).toBe(`  ✗ ${STEPS[0]}  ERROR: bad \\u001b[2J (migration.f…`)
})

test('a plane that is away is a line until it is back', () => {
  const { view, screen } = painting({ columns: 80, rows: 24 })
  view.update(operationWith(1))
  view.lost('cannot reach the plane')
  expect(screen().at(-2)).toBe('cannot reach the plane')
  view.update(operationWith(1))
  view.close()
  expect(screen().at(-2)).toBe('    Verify')
})

test('without a terminal each step is one line when it ends, and nothing is told twice', () => {
  const notes: string[] = []
  const view = openView({ terminal: null, note: (text) => notes.push(text) })
  view.update(operationWith(0, { state: 'queued', behind: 'op-0' }))
  view.update(operationWith(1))
  view.lost('away')
  view.lost('away')
  view.update(operationWith(1))
  view.update(operationWith(2, { timeRemaining: null }))
  view.update(operationWith(5, { state: 'succeeded' }))
  view.close()
  expect(notes).toEqual([
    'operation op-1: cell.create queued behind op-0: 0 of 5 steps',
    '✓ Create the namespace and its guardrails  1.2 s  (about 9.0 s left)',
    'away',
    '✓ Create the database  1.2 s  (no history yet)',
    '✓ Run the product migrations  1.2 s',
    '✓ Deploy  1.2 s',
    '✓ Verify  1.2 s',
    'cell.create succeeded',
  ])
})
