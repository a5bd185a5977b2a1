import { expect, test } from 'vitest'
import { loadConfig } from '../../platform/config.ts'
import { personOf } from './sign-in.claims.ts'
import { proofOf, seal, unseal } from './sign-in.secrets.ts'
import { signInSettings } from './sign-in.settings.ts'

const whole = {
  STEWARD_OIDC_ISSUER: 'https://id.example',
  STEWARD_OIDC_CLIENT_ID: 'steward',
  STEWARD_OIDC_ROLES: 'cn=admins,ops=sre, sales = sales-engineer',
}
const read = (env: Record<string, string>) => signInSettings(loadConfig(env))

test('without an issuer there is no signing in', () => expect(read({})).toBeNull())

test('groups are read in their order; the name of a group may hold an equals sign', () => {
  expect(read({ ...whole, STEWARD_OIDC_ROLES: 'cn=admins=administrator, sales = sales-engineer' })?.roles).toEqual([
    ['cn=admins', 'administrator'],
    ['sales', 'sales-engineer'],
  ])
})

test.each([
  ['plain HTTP beyond this machine', { STEWARD_OIDC_ISSUER: 'http://id.example' }, /begin with https/],
  ['no client', { STEWARD_OIDC_CLIENT_ID: '' }, /STEWARD_OIDC_CLIENT_ID is not set/],
  ['no roles', { STEWARD_OIDC_ROLES: '' }, /nobody could sign in/],
  ['a role that there is not', { STEWARD_OIDC_ROLES: 'all=emperor' }, /"all=emperor": write group=role/],
  ['no group', { STEWARD_OIDC_ROLES: '=viewer' }, /write group=role/],
  ['the faults of all pairs', { STEWARD_OIDC_ROLES: 'a=b,c=d' }, /"a=b".*\n.*"c=d"/],
])('%s is refused at start', (_what, change, message) => {
  expect(() => read({ ...whole, ...change })).toThrow(message)
})

test('of several groups the first in the configuration decides; what is no text is no group', () => {
  const settings = {
    groupsClaim: 'groups',
    roles: [
      ['ops', 'sre'],
      ['sales', 'sales-engineer'],
    ] as const,
  }
  const roleOf = (groups: unknown) => personOf({ iss: 'i', sub: 's', groups }, settings).role
  expect(roleOf(['sales', 'ops'])).toBe('sre')
  expect(roleOf('sales')).toBe('sales-engineer')
  for (const nothing of [undefined, null, [], [7], { ops: true }, 'administrator', ['op']])
    expect(roleOf(nothing)).toBeNull()
})

test('state, nonce and verifier follow from the secret and differ; what is sealed opens with its secret only', () => {
  const proof = proofOf('sti_one')
  expect(proofOf('sti_one')).toEqual(proof)
  expect(new Set([...Object.values(proof), ...Object.values(proofOf('sti_two'))]).size).toBe(6)
  const waiting = { deviceCode: 'device', intervalSeconds: 5 }
  const sealed = seal('sti_one', waiting)
  expect(unseal('sti_one', sealed)).toEqual(waiting)
  expect(sealed.toString('latin1')).not.toContain('device')
  expect(() => unseal('sti_two', sealed)).toThrow()
  expect(() => unseal('sti_one', Buffer.concat([sealed, Buffer.from('x')]))).toThrow()
})
