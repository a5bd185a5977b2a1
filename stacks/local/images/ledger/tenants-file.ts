import { Ajv, type ErrorObject } from 'ajv'
import { type Static, Type } from 'typebox'
import type { PublishedTenant, TenantsFile } from '../../../../control-plane/domain/tenants-file.ts'

const Tenant = Type.Object({
  id: Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' }),
  slug: Type.String({ minLength: 1, maxLength: 63, pattern: '^[a-z0-9-]+$' }),
  hosts: Type.Array(Type.String({ minLength: 1, maxLength: 253, pattern: '^[a-z0-9.-]+$' })),
  state: Type.Enum(['active', 'suspended']),
  limits: Type.Object({
    requestsPerSecond: Type.Number({ exclusiveMinimum: 0 }),
    burst: Type.Integer({ minimum: 1 }),
    statementTimeoutMs: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
  }),
})

/** Members we do not know are let through: the plane is upgraded before the units it serves. */
const File = Type.Object({
  unit: Type.String({ minLength: 1 }),
  revision: Type.Integer({ minimum: 0 }),
  tenants: Type.Array(Tenant),
})
const isFile = new Ajv({ strict: true }).compile<Static<typeof File>>(File)

/** Reads a tenants file. Throws an error that says where it breaks which rule; nothing of a broken file is used. */
export function parseTenantsFile(text: string): TenantsFile {
  const file: unknown = JSON.parse(text)
  if (!isFile(file)) throw new Error(isFile.errors?.map(sentence).join('; '))
  for (const [what, values] of [
    ['id', file.tenants.map(({ id }) => id)],
    ['slug', file.tenants.map(({ slug }) => slug)],
    ['host', file.tenants.flatMap(({ hosts }) => hosts)],
  ] as const) {
    const seen = new Set<string>()
    const twice = values.find((value) => seen.has(value) || !seen.add(value))
    if (twice !== undefined) throw new Error(`two tenants have the ${what} ${twice}`)
  }
  return file
}

const sentence = ({ instancePath, message }: ErrorObject): string => `${instancePath || 'the file'} ${message}`

/** Tenants by host name, as requests ask for them. */
export const byHost = (file: TenantsFile): ReadonlyMap<string, PublishedTenant> =>
  new Map(file.tenants.flatMap((tenant) => tenant.hosts.map((host) => [host, tenant] as const)))

/** The host name of a Host header: lower case, without port and trailing dot. */
export function hostName(header: string | undefined): string {
  const host = (header ?? '').toLowerCase()
  const name = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : host.split(':', 1)[0]
  return (name ?? '').replace(/\.$/, '')
}
