import {
  GetOpenIDConnectProviderCommand,
  ListOpenIDConnectProvidersCommand,
  ListPoliciesCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam'
import { iamPathOf, TENANT_TAG } from '../../programs/aws/place.ts'
import { ask, pages } from '../aws-link.ts'
import { isAws } from '../aws.errors.ts'
import type { AwsLeftover, Witness } from './aws-leftover.ts'

const WHERE = 'global'
const IN_PATH = /^\/steward\/([a-z][a-z0-9-]*)\//
const pathOf = (tenant: string | undefined): string => (tenant === undefined ? '/steward/' : iamPathOf(tenant))

/** Roles and policies by their path; AWS's list of tagged things leaves roles out. */
export const identitiesByPath: Witness = async (clients, { tenant: sought, region }, link) => {
  const { iam } = clients.in(region)
  const PathPrefix = pathOf(sought)
  const found: AwsLeftover[] = []
  const add = (kind: string, each: { Arn?: string | undefined; Path?: string | undefined }) => {
    const tenant = IN_PATH.exec(each.Path ?? '')?.[1]
    if (tenant !== undefined && each.Arn !== undefined) found.push({ kind, name: each.Arn, where: WHERE, tenant })
  }
  const roles = (Marker?: string) =>
    ask('list roles', link, (abortSignal) => iam.send(new ListRolesCommand({ PathPrefix, Marker }), { abortSignal }))
  for await (const page of pages(roles, ({ Marker }) => Marker))
    for (const each of page.Roles ?? []) add('iam:role', each)
  const policies = (Marker?: string) =>
    ask('list policies', link, (abortSignal) =>
      iam.send(new ListPoliciesCommand({ PathPrefix, Marker, Scope: 'Local' }), { abortSignal }),
    )
  for await (const page of pages(policies, ({ Marker }) => Marker))
    for (const each of page.Policies ?? []) add('iam:policy', each)
  return found
}

/** Issuers of tokens that the account trusts; each has to be asked for its tags, and there are 100 at most. */
export const tokenIssuers: Witness = async (clients, { tenant: sought, region }, link) => {
  const { iam } = clients.in(region)
  const { OpenIDConnectProviderList = [] } = await ask('list issuers of tokens', link, (abortSignal) =>
    iam.send(new ListOpenIDConnectProvidersCommand({}), { abortSignal }),
  )
  const found: AwsLeftover[] = []
  for (const { Arn: name } of OpenIDConnectProviderList) {
    if (name === undefined) continue
    const tags = await ask('describe an issuer of tokens', link, (abortSignal) =>
      iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: name }), { abortSignal }),
    ).then(
      ({ Tags = [] }) => Tags,
      (error: unknown) => {
        if (isAws(error, 'aws.not-found')) return [] // gone since it was listed
        throw error
      },
    )
    const tenant = tags.find(({ Key }) => Key === TENANT_TAG)?.Value
    if (tenant !== undefined && (sought === undefined || tenant === sought))
      found.push({ kind: 'iam:oidc-provider', name, where: WHERE, tenant })
  }
  return found
}
