import { expect, test } from 'vitest'
import { duration, renderFields, renderTable } from './output.ts'

type Row = { name: string; size: number | null }
const COLUMNS = [
  ['NAME', ({ name }: Row) => name],
  ['SIZE', ({ size }: Row) => size],
] as const

test('a table has a heading, no lines, aligned columns and no space at the ends; what is unknown is a dash', () => {
  const rows = [
    { name: 'acme', size: 3 },
    { name: 'globex-international', size: null },
  ]
  expect(renderTable(COLUMNS, rows)).toBe(
    ['NAME                  SIZE', 'acme                  3', 'globex-international  -'].join('\n'),
  )
  expect(renderTable(COLUMNS, [])).toBe('NAME  SIZE')
})

test('a row stays on its line, and nothing from the plane steers the terminal', () => {
  const evil = 'a\nb\tc\u001B[2Jd\u009B31m'
  expect(renderTable([['N', () => evil]], [{}]).split('\n')).toEqual(['N', 'a b c\\u001b[2Jd\\u009b31m'])
  expect(renderFields([['notes', evil]])).toBe('notes: a\n       b\tc\\u001b[2Jd\\u009b31m')
})

test('wide characters keep the columns aligned', () => {
  const [, wide, narrow] = renderTable(COLUMNS, [
    { name: '日本', size: 1 },
    { name: 'abcd', size: 2 },
  ]).split('\n')
  expect([wide, narrow]).toEqual(['日本  1', 'abcd  2'])
})

test('fields are aligned behind the longest name', () => {
  expect(
    renderFields([
      ['id', 7],
      ['contact', null],
      ['notes', ''],
    ]),
  ).toBe('id:      7\ncontact: -\nnotes:   ')
})

test.each([
  [0, '0 ms'],
  [-5, '0 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [4249, '4.2 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 0 s'],
  [119_800, '2 min 0 s'],
  [190_000, '3 min 10 s'],
  [3_599_400, '59 min 59 s'],
  [3_599_600, '1 h 0 min'],
  [7_500_000, '2 h 5 min'],
])('%d milliseconds are %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})
