import type { UnitKind } from './unit-kinds.ts'

/** What names of a kind begin with, in clusters (with a dash) and in databases (with an underscore). */
const PREFIXES: Readonly<Record<UnitKind, string>> = { cell: 'cell', instance: 'tenant', stack: 'stack' }

/** What an adopted unit was called before it was one: neither a namespace nor a database in use is renamed. */
export type GivenNames = { namespace: string; database: string }
/** How a database was before its unit took it over: what a way back gives it again. `everybody`: what PUBLIC may, by privilege. */
export type FoundDatabase = {
  owner: string
  everybody: readonly string[]
  schemaOwner: string
  everybodyInSchema: readonly string[]
}

/**
 * Names of what a unit owns, from its kind and name alone: the same names are found again after any crash. Instances and stacks
 * are named after the slug of their tenant (`ownUnitNames`); what an adopted one had already keeps its name.
 */
export const unitNames = (kind: UnitKind, name: string, given: GivenNames | null = null) => {
  const sql = `${PREFIXES[kind]}_${name.replaceAll('-', '_')}`
  return {
    namespace: given?.namespace ?? `${PREFIXES[kind]}-${name}`,
    database: given?.database ?? sql,
    /** Owns the schema and runs migrations. */
    ownerRole: `${sql}_owner`,
    /** The product's own login: bound by row-level security. */
    appRole: `${sql}_app`,
    /** Copies a tenant's rows; may bypass row-level security. */
    copyRole: `${sql}_copy`,
    /** Kubernetes Secret with the product's database URLs; keys `DATABASE_URL` and `MIGRATION_DATABASE_URL`. */
    databaseSecret: 'database',
    tenantsConfigMap: 'tenants',
  } as const
}
/**
 * Names of a unit of a tenant's own, the first that is free counting: one that moves between an instance and a stack has both for a
 * while. No slug ends like the others (`isReservedSlug`).
 */
export const ownUnitNames = (slug: string): readonly string[] => [slug, `${slug}-unit-2`, `${slug}-unit-3`]

export type UnitNames = ReturnType<typeof unitNames>

/** Labels that every object we apply carries; `TENANT_LABEL` is `none` on what all tenants of a unit share. */
export const UNIT_LABEL = 'steward.dev/unit'
export const TENANT_LABEL = 'steward.dev/tenant'
export const NO_TENANT = 'none'
/** The fencing epoch of the operation that wrote an object last. */
export const EPOCH_ANNOTATION = 'steward.dev/epoch'
/** On what was there before its unit, while the adoption has not succeeded: it is never deleted, only let go. */
export const ADOPTING_ANNOTATION = 'steward.dev/adopting'
/** On a tenant's namespace: the host names its routes may carry, with commas between them. */
export const HOSTS_ANNOTATION = 'steward.dev/hosts'
/** What a tenant may be inside its own namespace; each is a service account and a binding to a cluster role there. */
export const TENANT_ROLES = ['admin', 'viewer'] as const
export type TenantRole = (typeof TENANT_ROLES)[number]
export const tenantAccount = (role: TenantRole) => `tenant-${role}` as const
export const TENANT_ACCOUNTS = TENANT_ROLES.map(tenantAccount)
export type TenantAccount = ReturnType<typeof tenantAccount>
/** Held by the cluster, not by the namespace, so that nobody inside can change what they allow. */
export const TENANT_CLUSTER_ROLES = { admin: 'steward-tenant-admin', viewer: 'steward-tenant-viewer' } as const
export const FIELD_MANAGER = 'steward'
/** Namespace of the plane itself in every cluster it manages: inventories and the Gateway. */
export const PLANE_NAMESPACE = 'steward'

/** The host name of a tenant inside a region's domain, for example `acme.localhost`. */
export const tenantHost = (slug: string, domain: string): string => `${slug}.${domain}`

/** The address of a tenant for its users: its host name at the edge, on the edge's port. */
export const tenantUrl = (host: string, edgeUrl: string): string =>
  edgeUrl.replace(
    /^(https?:\/\/)(?:\[[^\]]*\]|[^/:]*)(:\d+)?.*$/,
    (_, scheme: string, port = '') => `${scheme}${host}${port}`,
  )
