import { expect, test } from 'vitest'
import { numbersOf } from './random-life.ts'
import { expectedOf, type Ended } from './tenant-model.ts'

const op = (kind: Ended['kind'], state = 'succeeded', burst: string | null = null): Ended => ({
  id: kind,
  kind,
  state,
  code: null,
  burst,
})

test('the model follows what succeeded and ignores what came to nothing', () => {
  const born = op('tenant.provision', 'succeeded', '40')
  expect(expectedOf([])).toEqual({ state: 'none', burst: null, status: null })
  expect(expectedOf([born])).toEqual({ state: 'active', burst: '40', status: 200 })
  expect(expectedOf([op('tenant.provision', 'failed')])).toMatchObject({ state: 'failed', status: null })
  expect(expectedOf([born, op('tenant.suspend'), op('tenant.resume', 'cancelled')])).toMatchObject({ status: 403 })
  expect(expectedOf([born, op('tenant.update', 'succeeded', '77'), op('tenant.update', 'failed', '99')]).burst).toBe(
    '77',
  )
  expect(expectedOf([born, op('tenant.decommission', 'cancelled')])).toMatchObject({ state: 'active' })
  expect(expectedOf([born, op('tenant.decommission')])).toMatchObject({ state: 'decommissioned', status: 404 })
})

test('a seed repeats its numbers, another gives others', () => {
  const first = (seed: number) => Array.from({ length: 20 }, numbersOf(seed))
  expect(first(7)).toEqual(first(7))
  expect(first(7)).not.toEqual(first(8))
  expect(first(7).every((number) => number >= 0 && number < 1)).toBe(true)
})
