import fc from 'fast-check'
import { expect, test } from 'vitest'
import { proofOf, rootFrom, rootOf, type Head } from './merkle.ts'

const heads = (count: number): Head[] =>
  Array.from({ length: count }, (_, n) => ({ stream: `tenant:${n}`, sequence: n + 1, hash: 'ab'.repeat(32) }))

test('every head of every list proves that it belongs to the root', () => {
  for (let count = 1; count <= 40; count++) {
    const all = heads(count)
    for (const [index, head] of all.entries())
      expect(rootFrom(head, index, count, proofOf(all, index))).toBe(rootOf(all))
  }
})

test('another head, place, count or proof leads elsewhere', () => {
  const case_ = fc
    .integer({ min: 2, max: 40 })
    .chain((count) => fc.tuple(fc.constant(count), fc.nat({ max: count - 1 })))
  fc.assert(
    fc.property(case_, fc.nat(), ([count, index], salt) => {
      const all = heads(count)
      const [head, proof, root] = [all[index] as Head, proofOf(all, index), rootOf(all)]
      expect(rootFrom({ ...head, sequence: head.sequence + 1 }, index, count, proof)).not.toBe(root)
      expect(rootFrom({ ...head, stream: 'refusals' }, index, count, proof)).not.toBe(root)
      expect(rootFrom(head, (index + 1 + (salt % (count - 1))) % count, count, proof)).not.toBe(root)
      expect(rootFrom(head, index, count, [...proof, proof[0] ?? ''])).toBeUndefined()
      expect(rootFrom(head, index, count, proof.slice(1))).not.toBe(root)
    }),
  )
})

test('a list that lost, gained or swapped a head has another root', () => {
  const all = heads(9)
  const [first, second, ...rest] = all as [Head, Head, ...Head[]]
  for (const other of [all.slice(1), all.slice(0, -1), [...all, first], [second, first, ...rest], []])
    expect(rootOf(other)).not.toBe(rootOf(all))
  expect(rootOf([])).toBe('00'.repeat(32))
})

test('a place outside the list is no place', () => {
  const all = heads(3)
  for (const index of [-1, 3, Number.NaN]) expect(rootFrom(all[0] as Head, index, 3, [])).toBeUndefined()
})
