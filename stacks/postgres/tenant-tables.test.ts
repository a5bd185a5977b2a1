import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { deletionOrder, isCircle, type TenantTable } from './tenant-tables.ts'

const table = (name: string, ...references: string[]): TenantTable => ({ table: name, references })
const names = (groups: TenantTable[][]) => groups.map((group) => group.map((one) => one.table).sort())

test('what refers goes before what is referred to', () => {
  expect(
    names(deletionOrder([table('accounts'), table('entries', 'accounts', 'books'), table('books', 'accounts')])),
  ).toEqual([['entries'], ['books'], ['accounts']])
})

test('a circle and a table that refers to itself go in one statement each', () => {
  const groups = deletionOrder([table('a', 'b'), table('b', 'a', 'c'), table('c', 'c'), table('d', 'a')])
  expect(names(groups)).toEqual([['d'], ['a', 'b'], ['c']])
  expect(groups.map(isCircle)).toEqual([false, true, true])
})

test('any graph: every table once, and no table before one that refers to it from another group', () => {
  const graph = fc
    .integer({ min: 1, max: 8 })
    .chain((size) =>
      fc.array(fc.uniqueArray(fc.integer({ min: 0, max: size - 1 })), { minLength: size, maxLength: size }),
    )
  fc.assert(
    fc.property(graph, (edges) => {
      const tables = edges.map((targets, n) => table(`t${n}`, ...targets.map((to) => `t${to}`)))
      const groups = deletionOrder(tables)
      expect(
        groups
          .flat()
          .map((one) => one.table)
          .sort(),
      ).toEqual(tables.map((one) => one.table).sort())
      groups.forEach((group, at) => {
        const earlier = new Set(
          groups
            .slice(0, at)
            .flat()
            .map((one) => one.table),
        )
        for (const { references } of group) expect(references.some((name) => earlier.has(name))).toBe(false)
      })
    }),
  )
})
