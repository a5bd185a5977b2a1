import { expect, test } from 'vitest'
import { customerState, customerSteps, customerTitle } from './customer-words.ts'
import { KINDS } from './operation-kinds.ts'
import { OPERATION_STATES } from './operation-states.ts'

const at = '2026-11-22T09:30:00.000Z'
const later = '2026-11-22T09:30:05.000Z'
const KNOWN = ['tenant.provision', 'tenant.update', 'tenant.suspend', 'tenant.resume', 'tenant.decommission'] as const

/** Words of the plane that mean nothing outside, or tell what it is made of. */
const INTERNAL = /pod|namespace|unit|cell|edge|gateway|route|kube|quota|tenant|workload|login|secret|migrat|credential/i

test.each(KNOWN)('every step of %s has plain words of its own that name no part of the plane', (kind) => {
  const { steps, instance } = KINDS[kind]
  const shown = customerSteps(
    [...steps, ...(instance?.steps ?? [])].map(({ step }) => ({
      step,
      state: 'pending',
      startedAt: null,
      finishedAt: null,
    })),
  )
  for (const { title } of shown) {
    expect(title).not.toBe('Working on it')
    expect(title).not.toMatch(INTERNAL)
  }
  expect(customerTitle(kind)).not.toMatch(INTERNAL)
})

test('a step without words of its own never shows its name', () => {
  const [one] = customerSteps([{ step: 'rewire-flux', state: 'running', startedAt: at, finishedAt: null }])
  expect(one).toEqual({ title: 'Working on it', state: 'running', startedAt: at, finishedAt: null })
})

test('whatever is taken back is one step, running as long as any of it runs', () => {
  const back = (state: 'running' | 'failed' | 'succeeded') => [
    { step: 'deploy', state: 'failed', startedAt: at, finishedAt: at } as const,
    { step: 'undo-deploy', state: 'succeeded', startedAt: at, finishedAt: later } as const,
    { step: 'quarantine', state, startedAt: later, finishedAt: state === 'running' ? null : later } as const,
  ]
  expect(customerSteps(back('running'))).toMatchObject([
    { title: 'Starting the application', state: 'failed' },
    { title: 'Taking back what was begun', state: 'running', startedAt: at, finishedAt: null },
  ])
  expect(customerSteps(back('succeeded')).at(-1)).toMatchObject({ state: 'done', finishedAt: later })
})

test('every state has a word', () => {
  expect(OPERATION_STATES.map(customerState)).toEqual(['waiting', 'waiting', 'running', 'done', 'failed', 'cancelled'])
})
