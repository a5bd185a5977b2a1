import { expect, test } from 'vitest'
import { until } from '../../../../test/support/postgres.ts'
import { keepInForce } from './enforcer.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

test('rules are applied when they differ, one change at a time, and the last one wins', async () => {
  let wanted: string | undefined
  let under = 0
  const applied: string[] = []
  const apply = async (rules: string) => {
    under += 1
    expect(under).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 5))
    applied.push(rules)
    under -= 1
  }
  const renewal = keepInForce({ rules: () => wanted, apply, log: silent })
  renewal.ask() // nothing is known yet: nothing is applied
  wanted = 'first'
  renewal.ask()
  await renewal.inForce
  for (const each of ['second', 'third', 'last']) {
    wanted = each
    renewal.ask()
    renewal.ask()
  }
  await until(async () => expect(applied.at(-1)).toBe('last'))
  const changes = applied.length
  renewal.ask()
  await renewal.stop()
  expect(applied).toHaveLength(changes)
  expect(applied[0]).toBe('first')
})

test('what could not be applied is said and tried again; a stop does not wait for it', async () => {
  const said: unknown[] = []
  let fails = 2
  const apply = async () => {
    if (fails-- > 0) throw new Error('the kernel says no')
  }
  const log = { ...silent, error: (what: unknown) => void said.push(what) }
  const renewal = keepInForce({ rules: () => 'rules', apply, log })
  renewal.ask()
  await renewal.inForce
  expect(said).toHaveLength(2)
  expect(said[0]).toMatchObject({ event: 'policies.not-applied' })
  await renewal.stop()

  const hopeless = keepInForce({ rules: () => 'rules', apply: () => Promise.reject(new Error('no')), log })
  hopeless.ask()
  await hopeless.stop()
})

test('rules that cannot be made stay as they were', async () => {
  const applied: string[] = []
  let broken = false
  const rules = () => {
    if (broken) throw new Error('what is this policy')
    return 'good'
  }
  const said: unknown[] = []
  const log = { ...silent, error: (what: unknown) => void said.push(what) }
  const renewal = keepInForce({ rules, apply: async (each) => void applied.push(each), log })
  renewal.ask()
  await renewal.inForce
  broken = true
  renewal.ask()
  await until(async () => expect(said.length).toBeGreaterThan(0))
  await renewal.stop()
  expect(applied).toEqual(['good'])
})
