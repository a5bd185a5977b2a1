import type { Leftover } from '../../../../control-plane/domain/leftover.ts'
import type { AwsLink } from '../aws-link.ts'
import type { AwsClients } from '../aws-clients.ts'

/** Something of a tenant that is still at AWS. `where` is its region, or `global`; `name` is its ARN, or its id where it has none. */
export type AwsLeftover = Leftover & {
  tenant: string
  /** When AWS itself will remove it, as it does with keys and secrets; then it is named and not in the way. */
  endsAt?: Date
}

/** What is looked for: of one tenant, or, without, of all. */
export type Sought = { tenant?: string; region: string }
/** One independent way of finding out. Never answers with half a list: what cannot be asked throws. */
export type Witness = (clients: AwsClients, sought: Sought, link: AwsLink) => Promise<AwsLeftover[]>

const PREFIX = 'steward-'
/** What names begin with: of one stack, or of all. */
export const namesBeginWith = (tenant: string | undefined): string => `${PREFIX}${tenant ?? ''}`

/** The tenant that a name of a stack's is of, when it begins as one and ends with what its kind ends with. */
export function tenantInName(
  name: string,
  { before = '', after = '' }: { before?: string; after?: string } = {},
): string | undefined {
  if (!name.startsWith(before + PREFIX) || !name.endsWith(after)) return undefined
  const tenant = name.slice(before.length + PREFIX.length, name.length - after.length)
  return /^[a-z][a-z0-9-]*$/.test(tenant) ? tenant : undefined
}

/** Those of one tenant, or all: a prefix that AWS was asked for also fits tenants whose slugs begin alike. */
export const ofSought = (found: readonly AwsLeftover[], { tenant }: Sought): AwsLeftover[] =>
  found.filter((each) => tenant === undefined || each.tenant === tenant)
