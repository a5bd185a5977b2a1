import { expect, test } from 'vitest'
import { numbersOf, wisher } from './random-wishes.ts'
import { expectedOf, versionOf, type Ended } from './tenant-model.ts'

const op = (kind: Ended['kind'], state = 'succeeded', burst: string | null = null): Ended => ({
  id: kind,
  kind,
  state,
  code: null,
  burst,
  version: null,
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

test('a unit stays at the last version that was deployed to it', () => {
  const to = (version: string, state = 'succeeded') => ({ ...op('unit.deploy', state), version })
  expect(versionOf([])).toBe('1.0.0')
  expect(versionOf([to('1.1.0'), op('unit.attest')])).toBe('1.1.0')
  expect(versionOf([to('1.1.0'), to('1.0.0', 'failed'), to('1.0.0', 'cancelled')])).toBe('1.1.0')
  expect(versionOf([to('1.1.0'), to('1.0.0')])).toBe('1.0.0')
})

test('a seed repeats its wishes, and nobody is wished anything else before being born', () => {
  const wishes = (seed: number) => {
    const wish = wisher(numbersOf(seed), { shared: ['a', 'b'], own: ['c'], cells: ['d'] })
    return Array.from({ length: 200 }, () => wish()).map(({ kind, name }) => `${kind} ${name}`)
  }
  expect(wishes(7)).toEqual(wishes(7))
  expect(wishes(7)).not.toEqual(wishes(8))
  for (const name of ['a', 'b', 'c'])
    expect(wishes(7).find((wish) => wish.startsWith('tenant.') && wish.endsWith(` ${name}`))).toBe(
      `tenant.provision ${name}`,
    )
  expect(new Set(wishes(7).map((wish) => wish.split(' ')[0])).size).toBe(7)
})

test('a seed repeats its numbers, another gives others', () => {
  const first = (seed: number) => Array.from({ length: 20 }, numbersOf(seed))
  expect(first(7)).toEqual(first(7))
  expect(first(7)).not.toEqual(first(8))
  expect(first(7).every((number) => number >= 0 && number < 1)).toBe(true)
})
