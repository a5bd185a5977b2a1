import type { OperationKind } from './operation-kinds.ts'

/**
 * The access model, the only source for API checks, the printed matrix and its page. A role is a responsibility, and each person
 * gets the least that lets them work. A new verb is one line of `MODEL`; a new role needs a reason in `control-plane/decisions/`.
 */
export const ROLES = {
  administrator: 'Administers: operators, tokens, sessions, and whatever else has to be done',
  'sales-engineer': 'Provisions: creates, changes, suspends, resumes and gives up tenants',
  'release-operator': 'Releases: moves units from one version of the product to another',
  sre: 'Keeps it running: cells, rehearsals, repairs, attestations; stops and repeats operations',
  viewer: 'Looks: sees everything that is no secret, changes nothing',
} as const
export type Role = keyof typeof ROLES
export const ROLE_NAMES = Object.keys(ROLES) as Role[]

type Entry = readonly [meaning: string, roles: readonly Exclude<Role, 'administrator'>[]]
const EVERYONE = ['sales-engineer', 'release-operator', 'sre', 'viewer'] as const

/** Each verb: what it lets somebody do, and the roles that have it beside the administrator, who has all. */
const MODEL = {
  'plans:read': ['See the catalogue of plans', EVERYONE],
  'regions:read': ['See regions', EVERYONE],
  'units:read': ['See units', EVERYONE],
  'units:deploy': ['Move a unit to another version', ['release-operator']],
  'products:read': ['See products and their versions', EVERYONE],
  'products:register': ['Register products and versions', ['release-operator']],
  'products:check': ['Check a unit against its contract', ['sre', 'release-operator']],
  'units:attest': ['Measure the isolation of a unit', ['sre', 'release-operator']],
  'units:reconcile': ['Repair a unit that drifted', ['sre']],
  'units:backup': ['Back up a stack', ['sre']],
  'units:rotate-key': ['Rotate its key', ['sre']],
  'orphans:read': ['See orphans', EVERYONE],
  'orphans:keep': ['Keep an orphan', ['sre']],
  'evidence:read': ['See signed evidence', EVERYONE],
  'cells:read': ['See cells', EVERYONE],
  'cells:create': ['Create a cell', ['sre']],
  'cells:retire': ['Retire an empty cell', ['sre']],
  'quotes:read': ['See quotes', EVERYONE],
  'quotes:create': ['Quote a tenant', ['sales-engineer']],
  'quotes:withdraw': ['Withdraw a quote', ['sales-engineer']],
  'tenants:read': ['See tenants', EVERYONE],
  'tenants:create': ['Create a tenant', ['sales-engineer']],
  'tenants:adopt': ['Adopt a customer', ['sales-engineer', 'sre']],
  'tenants:update': ['Change a tenant', ['sales-engineer']],
  'tenants:extend-trial': ['Extend a trial', ['sales-engineer']],
  'tenants:suspend': ['Suspend a tenant', ['sales-engineer', 'sre']],
  'tenants:resume': ['Resume a suspended tenant', ['sales-engineer', 'sre']],
  'tenants:export': ['Export a tenant', ['sre']],
  'exports:read': ['See and download sealed exports', ['sre']],
  'exports:open': ['Get the key of an export', []],
  'tenants:decommission': ['Ask for removal of a tenant', ['sales-engineer']],
  'tenants:hold': ['Place and release legal holds', []],
  'tenants:move': ['Move a tenant, and back', ['sales-engineer', 'sre']],
  'tenants:kubeconfig': ['Hand out a kubeconfig', ['sales-engineer']],
  'tenants:hand-off': ['Hand a tenant over', ['sales-engineer']],
  'operations:read': ['See operations and follow them', EVERYONE],
  'operations:cancel': ['Stop an operation one may ask for', ['sales-engineer', 'release-operator', 'sre']],
  'operations:share': ['Show an operation by a link', ['sales-engineer', 'sre']],
  'operations:retry': ['Repeat an operation one may ask for', ['sales-engineer', 'release-operator', 'sre']],
  'operations:approve': ['Approve or reject what another operator asked for', ['sre']],
  'audit:read': ['Search the audit record', ['sre', 'viewer']],
  'audit:export': ['Export the record', ['sre']],
  'audit:checkpoint': ['Sign the record now', ['sre']],
  'audit:erase': ['Erase personal values from the record', []],
  'signing-keys:read': ['See public signing keys', EVERYONE],
  'signing-keys:rotate': ['Replace a signing key', []],
  'operators:read': ['See operators and what they may do', []],
  'operators:create': ['Create an operator', []],
  'operators:disable': ['Shut an operator out', []],
  'operators:enable': ['Let a disabled operator back in', []],
  'operators:set-role': ["Change an operator's role", []],
  'tokens:read': ["See other operators' tokens", []],
  'tokens:create': ['Create a token for an operator', []],
  'tokens:revoke': ["Revoke other operators' tokens", []],
  'sessions:read': ["See other operators' sessions", []],
  'sessions:revoke': ["End other operators' sessions", []],
} as const satisfies Record<`${string}:${string}`, Entry>
export type Verb = keyof typeof MODEL
export const VERBS = Object.keys(MODEL) as Verb[]

/** What it takes to ask for an operation of a kind, and therefore to stop or repeat it. */
export const VERB_OF_KIND: Readonly<Record<OperationKind, Verb>> = {
  'cell.create': 'cells:create',
  'cell.retire': 'cells:retire',
  'tenant.provision': 'tenants:create',
  'tenant.adopt': 'tenants:adopt',
  'tenant.update': 'tenants:update',
  'tenant.suspend': 'tenants:suspend',
  'tenant.resume': 'tenants:resume',
  'tenant.export': 'tenants:export',
  'tenant.decommission': 'tenants:decommission',
  'tenant.move': 'tenants:move',
  'tenant.move-retire': 'tenants:move',
  'tenant.move-abort': 'tenants:move',
  'unit.deploy': 'units:deploy',
  'unit.attest': 'units:attest',
  'unit.check': 'products:check',
  'unit.reconcile': 'units:reconcile',
  'unit.backup': 'units:backup',
  'unit.rotate-key': 'units:rotate-key',
}

export const meaningOf = (verb: Verb): string => MODEL[verb][0]
export const isRole = (name: string): name is Role => Object.hasOwn(ROLES, name)
export const isVerb = (name: string): name is Verb => Object.hasOwn(MODEL, name)

export const roleAllows = (role: Role, verb: Verb): boolean =>
  role === 'administrator' || (MODEL[verb][1] as readonly Role[]).includes(role)
export const verbsOf = (role: Role): Verb[] => VERBS.filter((verb) => roleAllows(role, verb))
export const rolesWith = (verb: Verb): Role[] => ROLE_NAMES.filter((role) => roleAllows(role, verb))

/** What a credential adds to its operator: nothing, ever. A role or a list of verbs only takes away; null takes nothing. */
export type Narrowing = { role: string | null; verbs: readonly string[] | null }

/**
 * What an operator of this role may do with a credential narrowed so: what the operator's role, the credential's role and its
 * list all allow. A role or verb that this version does not know allows nothing.
 */
export function effectiveVerbs(role: string, { role: lesser, verbs }: Narrowing): Verb[] {
  const allows = (name: string, verb: Verb) => isRole(name) && roleAllows(name, verb)
  return VERBS.filter(
    (verb) => allows(role, verb) && (lesser === null || allows(lesser, verb)) && (verbs?.includes(verb) ?? true),
  )
}

/**
 * A route's access rule: open to all, any signed-in operator, one verb, or `own`: one's own things for everybody, those of others
 * for who has the verb.
 */
export type AccessRule =
  | { access: 'public' }
  | { access: 'operator' }
  | { access: 'verb'; verb: Verb }
  | { access: 'own'; verb: Verb }
export const PUBLIC: AccessRule = { access: 'public' }
export const ANY_OPERATOR: AccessRule = { access: 'operator' }
export const can = (verb: Verb): AccessRule => ({ access: 'verb', verb })
export const ownOr = (verb: Verb): AccessRule => ({ access: 'own', verb })

/** What was decided about a request: allowed for all things or only for one's own, or refused for want of a verb. */
export type Decision = { allowed: true; of: 'all' | 'own' } | { allowed: false; lacking: Verb }

/** Decides before anything is looked up, so that an answer tells nothing about what exists. */
export function decide(rule: AccessRule, verbs: readonly Verb[]): Decision {
  if (rule.access === 'public' || rule.access === 'operator') return { allowed: true, of: 'all' }
  if (verbs.includes(rule.verb)) return { allowed: true, of: 'all' }
  return rule.access === 'own' ? { allowed: true, of: 'own' } : { allowed: false, lacking: rule.verb }
}
