/** What an operator may do, as verbs; routes name one, roles hold sets. The only source for API checks and the printed matrix. */
export const VERBS = [
  'plans:read',
  'regions:read',
  'cells:read',
  'cells:create',
  'cells:retire',
  'tenants:read',
  'tenants:create',
  'tenants:update',
  'tenants:suspend',
  'tenants:resume',
  'tenants:decommission',
  'operations:read',
  'operations:cancel',
  'operations:retry',
  'audit:read',
] as const
export type Verb = (typeof VERBS)[number]

export const ROLES = {
  administrator: VERBS,
  viewer: VERBS.filter((verb) => verb.endsWith(':read')),
} as const satisfies Record<string, readonly Verb[]>
export type Role = keyof typeof ROLES
export const ROLE_NAMES = Object.keys(ROLES) as Role[]

export const isRole = (name: string): name is Role => Object.hasOwn(ROLES, name)

export const roleAllows = (role: Role, verb: Verb): boolean => (ROLES[role] as readonly Verb[]).includes(verb)

/** A route's access rule: open to all, any signed-in operator, or one verb. */
export type AccessRule = { access: 'public' } | { access: 'operator' } | { access: 'verb'; verb: Verb }
export const PUBLIC: AccessRule = { access: 'public' }
export const ANY_OPERATOR: AccessRule = { access: 'operator' }
export const can = (verb: Verb): AccessRule => ({ access: 'verb', verb })
