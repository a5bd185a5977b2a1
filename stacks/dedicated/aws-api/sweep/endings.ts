import { DescribeKeyCommand } from '@aws-sdk/client-kms'
import { ListSecretsCommand, type Filter } from '@aws-sdk/client-secrets-manager'
import { TENANT_TAG } from '../../programs/aws/place.ts'
import { ask, pages, type AwsLink } from '../aws-link.ts'
import type { AwsClients } from '../aws-clients.ts'
import { isAws } from '../aws.errors.ts'
import type { AwsLeftover, Witness } from './aws-leftover.ts'

/** Days that Secrets Manager keeps a deleted secret, as the program orders it. */
const RECOVERY_DAYS = 30
const DAY_MS = 86_400_000

/** Secrets, those that are deleted and not yet gone among them. */
export const secretsWithEnd: Witness = async (clients, { tenant: sought, region }, link) => {
  const Filters: Filter[] = [
    { Key: 'tag-key', Values: [TENANT_TAG] },
    ...(sought === undefined ? [] : [{ Key: 'tag-value' as const, Values: [sought] }]),
  ]
  const list = (NextToken?: string) =>
    ask(`list secrets in ${region}`, link, (abortSignal) =>
      clients
        .in(region)
        .secrets.send(new ListSecretsCommand({ Filters, IncludePlannedDeletion: true, MaxResults: 100, NextToken }), {
          abortSignal,
        }),
    )
  const found: AwsLeftover[] = []
  for await (const { SecretList = [] } of pages(list, ({ NextToken }) => NextToken))
    for (const { ARN: name = '', Tags = [], DeletedDate: deleted } of SecretList) {
      const tenant = Tags.find(({ Key }) => Key === TENANT_TAG)?.Value
      // AWS looks for words that begin alike, and does not say which tag had them
      if (tenant === undefined || (sought !== undefined && tenant !== sought)) continue
      const endsAt = deleted && new Date(deleted.getTime() + RECOVERY_DAYS * DAY_MS)
      found.push({ kind: 'secretsmanager:secret', name, where: region, tenant, ...(endsAt ? { endsAt } : {}) })
    }
  return found
}

/**
 * Says of each key when AWS will have destroyed it, where that is ordered; it can be taken back until then. A key that is gone by now
 * is left out.
 */
export async function withEndsOfKeys(
  clients: AwsClients,
  found: readonly AwsLeftover[],
  link: AwsLink,
): Promise<AwsLeftover[]> {
  const looked = found.map(async (each) => (each.kind === 'kms:key' ? keyWithEnd(clients, each, link) : each))
  return (await Promise.all(looked)).filter((each) => each !== undefined)
}

async function keyWithEnd(clients: AwsClients, key: AwsLeftover, link: AwsLink): Promise<AwsLeftover | undefined> {
  const { kms } = clients.in(key.where)
  try {
    const { KeyMetadata } = await ask(`describe ${key.name}`, link, (abortSignal) =>
      kms.send(new DescribeKeyCommand({ KeyId: key.name }), { abortSignal }),
    )
    const endsAt = KeyMetadata?.KeyState === 'PendingDeletion' ? KeyMetadata.DeletionDate : undefined
    return endsAt ? { ...key, endsAt } : key
  } catch (error) {
    if (isAws(error, 'aws.not-found')) return undefined
    throw error
  }
}
