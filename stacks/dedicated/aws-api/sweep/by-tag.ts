import { GetResourcesCommand, type GetResourcesOutput } from '@aws-sdk/client-resource-groups-tagging-api'
import { TENANT_TAG } from '../../programs/aws/place.ts'
import { ask, pages } from '../aws-link.ts'
import { tenantInName, type AwsLeftover, type Sought, type Witness } from './aws-leftover.ts'

const PAGE = 100
/** What Kubernetes' own controllers put on disks and load balancers that they make for a cluster. */
const CLUSTER_TAG = 'kubernetes.io/cluster/'

/**
 * Everything that carries the tenant's tag, whatever it is. AWS goes on naming some things for a while after they are gone, so this
 * errs towards too much.
 */
export const taggedForTenant: Witness = (clients, sought, link) =>
  tagged(clients, sought, link, {
    filter: { Key: TENANT_TAG, ...(sought.tenant ? { Values: [sought.tenant] } : {}) },
    tenantOf: (tags) => tags.get(TENANT_TAG),
  })

/** What was made from inside a cluster, of which the plane knows nothing: volumes and load balancers. */
export const taggedForCluster: Witness = async (clients, sought, link) =>
  sought.tenant === undefined
    ? [] // each tenant's tag has a key of its own: without a tenant there is nothing to ask for
    : tagged(clients, sought, link, {
        filter: { Key: `${CLUSTER_TAG}steward-${sought.tenant}` },
        tenantOf: (tags) => {
          const key = [...tags.keys()].find((each) => each.startsWith(CLUSTER_TAG))
          return key === undefined ? undefined : tenantInName(key.slice(CLUSTER_TAG.length))
        },
      })

type Query = {
  filter: { Key: string; Values?: string[] }
  tenantOf: (tags: ReadonlyMap<string, string>) => string | undefined
}

async function tagged(
  clients: Parameters<Witness>[0],
  { region }: Sought,
  link: Parameters<Witness>[2],
  { filter, tenantOf }: Query,
): Promise<AwsLeftover[]> {
  const found: AwsLeftover[] = []
  const fetchPage = (PaginationToken?: string): Promise<GetResourcesOutput> =>
    ask(`list what is tagged ${filter.Key} in ${region}`, link, (abortSignal) =>
      clients.in(region).tagging.send(
        new GetResourcesCommand({
          TagFilters: [filter],
          ResourcesPerPage: PAGE,
          ...(PaginationToken ? { PaginationToken } : {}),
        }),
        { abortSignal },
      ),
    )
  for await (const page of pages(fetchPage, (answer) => answer.PaginationToken))
    for (const { ResourceARN: arn, Tags = [] } of page.ResourceTagMappingList ?? []) {
      const tenant = tenantOf(new Map(Tags.map(({ Key, Value }) => [Key ?? '', Value ?? ''])))
      if (arn !== undefined && tenant !== undefined) found.push({ kind: kindOf(arn), name: arn, where: region, tenant })
    }
  return found
}

/** `rds:db` from `arn:aws:rds:eu-central-1:123456789012:db:steward-acme-first`; a service alone where its ARNs say no more. */
export function kindOf(arn: string): string {
  const [, , service = 'unknown', , , ...rest] = arn.split(':')
  const [type] = rest.join(':').split(/[:/]/)
  return rest.join(':').search(/[:/]/) > 0 && type ? `${service}:${type}` : service
}
