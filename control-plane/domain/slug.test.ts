import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { UNIT_KINDS } from './unit-kinds.ts'
import { ownUnitNames, unitNames, tenantHost, tenantUrl } from './naming.ts'
import { isReservedSlug, looksLikeId, RESERVED_SLUGS, SLUG_MAX, SLUG_MIN, SLUG_PATTERN, UNIT_NAME_MAX } from './slug.ts'

const pattern = new RegExp(SLUG_PATTERN, 'u')
const slug = fc.stringMatching(/^[a-z][a-z0-9]{1,8}(-[a-z0-9]{1,9}){0,3}$/).filter((text) => text.length <= SLUG_MAX)

test('the pattern takes what is a DNS label and nothing else', () => {
  for (const good of ['abc', 'a1b', 'acme-2', 'a-b-c']) expect(good).toMatch(pattern)
  for (const bad of [
    '',
    'Acme',
    '1acme',
    '-acme',
    'acme-',
    'a--b',
    'a_b',
    'a.b',
    'acme ',
    ' acme',
    'ac\nme',
    'äcme',
    'xn--acme',
  ]) {
    expect(bad).not.toMatch(pattern)
  }
})

test('every slug makes a host label, a host and database names inside their limits', () => {
  fc.assert(
    fc.property(slug, (text) => {
      expect(text).toMatch(pattern)
      expect(tenantHost(text, 'localhost').split('.')[0]).toBe(text)
      for (const kind of UNIT_KINDS) {
        const names = unitNames(kind, text)
        for (const name of Object.values(names)) expect(name.length).toBeLessThanOrEqual(63)
        expect(names.ownerRole).toMatch(/^[a-z_][a-z0-9_]*$/)
      }
    }),
  )
})

test('every name of a unit of a tenant’s own stays inside the limits, and but for the slug nobody can have it', () => {
  fc.assert(
    fc.property(slug, (text) => {
      const [first, ...others] = ownUnitNames(text)
      expect(first).toBe(text)
      expect(others).toHaveLength(2)
      for (const name of others) {
        expect(isReservedSlug(name)).toBe(true)
        expect(name).toMatch(pattern) // what takes a slug takes these, too
        expect(name.length).toBeLessThanOrEqual(UNIT_NAME_MAX)
        for (const kind of UNIT_KINDS)
          for (const made of Object.values(unitNames(kind, name))) expect(made.length).toBeLessThanOrEqual(63)
      }
    }),
  )
})

test('two units never share a namespace, a database or a login', () => {
  const kind = fc.constantFrom(...UNIT_KINDS)
  fc.assert(
    fc.property(kind, slug, kind, slug, (kindA, a, kindB, b) => {
      const [one, other] = [unitNames(kindA, a), unitNames(kindB, b)]
      const same = kindA === kindB && a === b
      for (const name of ['namespace', 'database', 'ownerRole', 'appRole', 'copyRole'] as const)
        expect(one[name] === other[name]).toBe(same)
    }),
  )
})

test('words of the plane and what reads as an id are reserved, other slugs are not', () => {
  for (const word of RESERVED_SLUGS) expect(isReservedSlug(word)).toBe(true)
  expect(isReservedSlug('abcdef12-1234-7000-8000-123456789012')).toBe(true)
  expect(isReservedSlug('acme')).toBe(false)
  expect(isReservedSlug('acme-unit')).toBe(false)
  expect(looksLikeId('acme')).toBe(false)
  for (const word of RESERVED_SLUGS) expect(word.length).toBeGreaterThanOrEqual(SLUG_MIN)
})

test("a tenant's url is its host on the port of the edge", () => {
  expect(tenantUrl('acme.localhost', 'http://127.0.0.1:7401')).toBe('http://acme.localhost:7401')
  expect(tenantUrl('acme.example.com', 'https://edge.example.com/')).toBe('https://acme.example.com')
})
