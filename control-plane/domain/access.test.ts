import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ACCESS_FILE, accessPage } from '../access-page.ts'
import {
  ANY_OPERATOR,
  can,
  decide,
  effectiveVerbs,
  isRole,
  isVerb,
  ownOr,
  PUBLIC,
  ROLE_NAMES,
  roleAllows,
  VERB_OF_KIND,
  VERBS,
  verbsOf,
  type Role,
  type Verb,
} from './access.ts'
import { OPERATION_KINDS } from './operation-kinds.ts'

/** Spelled out by hand, so that a change of the model is made twice and on purpose: ● may, · may not. */
const WRITTEN = `
                        administrator  sales-engineer  release-operator  sre  viewer
  plans:read                 ●               ●                ●           ●     ●
  regions:read               ●               ●                ●           ●     ●
  units:read                 ●               ●                ●           ●     ●
  units:deploy               ●               ·                ●           ·     ·
  products:read              ●               ●                ●           ●     ●
  products:register          ●               ·                ●           ·     ·
  products:check             ●               ·                ●           ●     ·
  units:attest               ●               ·                ●           ●     ·
  units:reconcile            ●               ·                ·           ●     ·
  units:backup               ●               ·                ·           ●     ·
  units:rotate-key           ●               ·                ·           ●     ·
  orphans:read               ●               ●                ●           ●     ●
  orphans:keep               ●               ·                ·           ●     ·
  evidence:read              ●               ●                ●           ●     ●
  cells:read                 ●               ●                ●           ●     ●
  cells:create               ●               ·                ·           ●     ·
  cells:retire               ●               ·                ·           ●     ·
  quotes:read                ●               ●                ●           ●     ●
  quotes:create              ●               ●                ·           ·     ·
  quotes:withdraw            ●               ●                ·           ·     ·
  tenants:read               ●               ●                ●           ●     ●
  tenants:create             ●               ●                ·           ·     ·
  tenants:adopt              ●               ●                ·           ●     ·
  tenants:update             ●               ●                ·           ·     ·
  tenants:extend-trial       ●               ●                ·           ·     ·
  tenants:suspend            ●               ●                ·           ●     ·
  tenants:resume             ●               ●                ·           ●     ·
  tenants:export             ●               ·                ·           ●     ·
  exports:read               ●               ·                ·           ●     ·
  exports:open               ●               ·                ·           ·     ·
  tenants:decommission       ●               ●                ·           ·     ·
  tenants:hold               ●               ·                ·           ·     ·
  tenants:move               ●               ●                ·           ●     ·
  tenants:kubeconfig         ●               ●                ·           ·     ·
  tenants:hand-off           ●               ●                ·           ·     ·
  operations:read            ●               ●                ●           ●     ●
  operations:cancel          ●               ●                ●           ●     ·
  operations:share           ●               ●                ·           ●     ·
  operations:retry           ●               ●                ●           ●     ·
  operations:approve         ●               ·                ·           ●     ·
  audit:read                 ●               ·                ·           ●     ●
  audit:export               ●               ·                ·           ●     ·
  audit:checkpoint           ●               ·                ·           ●     ·
  audit:erase                ●               ·                ·           ·     ·
  signing-keys:read          ●               ●                ●           ●     ●
  signing-keys:rotate        ●               ·                ·           ·     ·
  operators:read             ●               ·                ·           ·     ·
  operators:create           ●               ·                ·           ·     ·
  operators:disable          ●               ·                ·           ·     ·
  operators:enable           ●               ·                ·           ·     ·
  operators:set-role         ●               ·                ·           ·     ·
  tokens:read                ●               ·                ·           ·     ·
  tokens:create              ●               ·                ·           ·     ·
  tokens:revoke              ●               ·                ·           ·     ·
  sessions:read              ●               ·                ·           ·     ·
  sessions:revoke            ●               ·                ·           ·     ·
`
const [head = [], ...lines] = WRITTEN.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/))
const written = lines.flatMap(([verb = '', ...marks]) =>
  marks.map((mark, column) => [verb, head[column] ?? '', mark === '●'] as const),
)

test('the table knows every verb and every role, and no other', () => {
  expect(head).toEqual(ROLE_NAMES)
  expect(lines.map(([verb]) => verb)).toEqual(VERBS)
  expect(written).toHaveLength(VERBS.length * ROLE_NAMES.length)
})

test.each(written)('%s, %s: %s', (verb, role, may) => {
  if (!isVerb(verb) || !isRole(role)) throw new Error('the table names something that does not exist')
  expect(roleAllows(role, verb)).toBe(may)
  expect(verbsOf(role).includes(verb)).toBe(may)
})

test('roles are few and named after a responsibility; one more needs a reason', () => {
  expect(ROLE_NAMES).toHaveLength(5)
  for (const name of ROLE_NAMES) expect(name).not.toMatch(/user|super|power|basic|\d|only|no-/)
})

test('stopping or repeating an operation takes the verb it was asked with', () => {
  expect(Object.keys(VERB_OF_KIND)).toEqual(OPERATION_KINDS)
})

const verb = fc.constantFrom(...VERBS)
const role = fc.constantFrom<Role>(...ROLE_NAMES)
const verbs = fc.option(fc.uniqueArray(fc.oneof(verb, fc.constant('made:up'))), { nil: null })
const lesser = fc.option(fc.oneof(role, fc.constant('emperor')), { nil: null })

test('a credential only takes away', () => {
  fc.assert(
    fc.property(role, lesser, verbs, (mine, other, list) => {
      const effective = effectiveVerbs(mine, { role: other, verbs: list })
      for (const one of VERBS) {
        const may: boolean =
          roleAllows(mine, one) &&
          (other === null || (isRole(other) && roleAllows(other, one))) &&
          (list === null || list.includes(one))
        expect(effective.includes(one)).toBe(may)
      }
    }),
  )
})

test('an unknown role or verb allows nothing', () => {
  expect(effectiveVerbs('emperor', { role: null, verbs: null })).toEqual([])
  expect(effectiveVerbs('toString', { role: null, verbs: null })).toEqual([])
  expect(effectiveVerbs('administrator', { role: 'constructor', verbs: null })).toEqual([])
  expect(effectiveVerbs('administrator', { role: null, verbs: ['__proto__', 'tenants:*'] })).toEqual([])
  expect(effectiveVerbs('administrator', { role: null, verbs: [] })).toEqual([])
})

test('a rule asks for its verb and nothing else', () => {
  fc.assert(
    fc.property(verb, fc.uniqueArray(verb), (wanted: Verb, held) => {
      const has = held.includes(wanted)
      expect(decide(can(wanted), held)).toEqual(
        has ? { allowed: true, of: 'all' } : { allowed: false, lacking: wanted },
      )
      expect(decide(ownOr(wanted), held)).toEqual({ allowed: true, of: has ? 'all' : 'own' })
      expect(decide(ANY_OPERATOR, held)).toEqual({ allowed: true, of: 'all' })
      expect(decide(PUBLIC, [])).toEqual({ allowed: true, of: 'all' })
    }),
  )
})

test('the printed page is that of the model: run node control-plane/access-page.ts', async () => {
  expect(await readFile(ACCESS_FILE, 'utf8')).toBe(accessPage())
})

test('the page can be read in two minutes', () => {
  const words = accessPage()
    .split(/[^A-Za-z:'-]+/)
    .filter((word) => /[a-z]/i.test(word))
  expect(words.length).toBeLessThan(500)
})
