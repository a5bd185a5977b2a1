import { expect, test } from 'vitest'
import { hasToken } from './tokens.ts'

test('only the whole token as a bearer token opens', () => {
  expect(hasToken('Bearer secret', 'secret')).toBe(true)
  for (const wrong of [undefined, '', 'secret', 'Bearer secre', 'Bearer secret2', 'Basic secret', 'Bearer  secret']) {
    expect(hasToken(wrong, 'secret')).toBe(false)
  }
})
