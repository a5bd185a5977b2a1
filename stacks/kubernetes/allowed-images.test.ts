import { expect, test } from 'vitest'
import { isAllowed } from './allowed-images.ts'

const ALLOWED = ['ledger', 'registry.example:5000/team/']

test.each([
  ['ledger', true],
  ['ledger:1.0.0', true],
  ['ledger@sha256:0f', true],
  ['registry.example:5000/team/notes:1', true],
  ['ledger2:1.0.0', false],
  ['ledger/notes:1', false],
  ['ledger:1/notes', false],
  ['registry.example:5000/teams/notes', false],
  ['notes:1.0.0', false],
])('%s: %s', (image, expected) => {
  expect(isAllowed(ALLOWED, image)).toBe(expected)
})
