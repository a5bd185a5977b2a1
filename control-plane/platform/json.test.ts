import { assert, jsonValue, property } from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from './json.ts'

test('the example of RFC 8785 comes out as the RFC prints it', () => {
  const example = {
    numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 1e-27],
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  }
  expect(canonicalJson(example)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

test('names are ordered by UTF-16 units, as in the RFC', () => {
  const names = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6']
  const sorted = [
    ...canonicalJson(Object.fromEntries(names.map((name) => [name, 0]))).matchAll(/"((?:[^"\\]|\\.)*)":0/g),
  ].map(([, name]) => name)
  expect(sorted).toEqual(['\\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'])
})

test('equal values have one text whatever the order of their members, and it reads back as the value', () => {
  const shuffled = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(shuffled)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .toReversed()
              .map(([k, v]) => [k, shuffled(v)]),
          )
        : value
  assert(
    property(jsonValue(), (value) => {
      expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value))
      expect(JSON.stringify(JSON.parse(canonicalJson(value)))).toBe(
        JSON.stringify(JSON.parse(canonicalJson(shuffled(value)))),
      )
    }),
  )
})

test('what JSON cannot say is refused, and what is undefined is left out', () => {
  expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}')
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 1, [undefined]])
    expect(() => canonicalJson(value)).toThrow(TypeError)
})
