import { expect, test } from 'vitest'
import { parseImage } from './image-name.ts'

test.each([
  ['ledger', { name: 'ledger', tag: 'latest', digest: null }],
  ['ledger:1.0.0', { name: 'ledger', tag: '1.0.0', digest: null }],
  ['registry:5000/team/ledger:1@sha256:ab', { name: 'ledger', tag: '1', digest: 'sha256:ab' }],
])('%s is understood', (reference, expected) => {
  expect(parseImage(reference)).toEqual(expected)
})

test.each(['', '..', 'x/..:1', 'ledger:../../etc', '.hidden:1', 'ledger:'])('%j is refused', (reference) => {
  expect(() => parseImage(reference)).toThrow(/not a valid reference/)
})
