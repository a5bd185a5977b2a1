import type { AwsClients } from '../aws-clients.ts'
import type { AwsLink } from '../aws-link.ts'
import type { AwsLeftover, Sought, Witness } from './aws-leftover.ts'
import { automatedBackups, clustersByName, keyNames, logsByName, vaultsByName } from './by-name.ts'
import { taggedForCluster, taggedForTenant } from './by-tag.ts'
import { secretsWithEnd, withEndsOfKeys } from './endings.ts'
import { identitiesByPath, tokenIssuers } from './identities.ts'

/** Asked in every region; each finds what the others are blind to. */
const REGIONAL: readonly Witness[] = [
  taggedForTenant,
  taggedForCluster,
  clustersByName,
  logsByName,
  keyNames,
  automatedBackups,
  vaultsByName,
  secretsWithEnd,
]
/** Asked once: identities are the account's. */
const GLOBAL: readonly Witness[] = [identitiesByPath, tokenIssuers]

export type AwsSweep = {
  /** Without a tenant: what is there of any. */
  tenant?: string
  /** Every region of the residency, or more; one at least. */
  regions: readonly [string, ...string[]]
}

/**
 * What is left at AWS of a tenant, or of all, by tag, name and path. Reads only, so it runs under a credential that can do nothing
 * else. Throws a Problem of `awsProblems` when anything could not be asked: a list with holes would be a certificate of nothing.
 */
export async function sweepAws(
  clients: AwsClients,
  { tenant, regions }: AwsSweep,
  link: AwsLink,
): Promise<AwsLeftover[]> {
  const sought = (region: string): Sought => ({ region, ...(tenant === undefined ? {} : { tenant }) })
  const found: AwsLeftover[] = []
  for (const region of new Set(regions)) {
    link.onEvent?.({ message: `looking in ${region}` })
    for (const witness of REGIONAL) found.push(...(await witness(clients, sought(region), link)))
  }
  for (const witness of GLOBAL) found.push(...(await witness(clients, sought(regions[0]), link)))
  return withEndsOfKeys(clients, merged(found), link)
}

/** Each thing once, however many witnesses name it; what one of them knows of its end stays known. */
export function merged(found: readonly AwsLeftover[]): AwsLeftover[] {
  const once = new Map<string, AwsLeftover>()
  for (const each of found) {
    const key = `${each.where} ${shortName(each)}`
    once.set(key, { ...once.get(key), ...each })
  }
  return [...once.values()].toSorted((a, b) => (a.where + a.kind + a.name < b.where + b.kind + b.name ? -1 : 1))
}

/** What a thing is called, the same whether a witness names it by its ARN or by its name. */
const shortName = ({ kind, name }: AwsLeftover): string => {
  const arn = /^arn:[^:]+:[^:]*:[^:]*:[^:]*:(.+)$/.exec(name)?.[1]
  const own = arn === undefined ? name : arn.replace(/^(cluster\/|backup-vault:|log-group:)/, '').replace(/:\*$/, '')
  return `${kind} ${own}`
}
