import { placeOf, STACK_TAGS } from '../programs/aws/place.ts'
import { KINDS, PROTECTED, REGIONAL, TAGGED } from './kinds.ts'
import { list, read, type ResourceRule, type StackRule } from './rule.ts'

const PROVIDER = 'pulumi:providers:aws'

/** What holds for everything of a stack, whatever it is. */
export const commonRules: readonly ResourceRule[] = [
  {
    id: 'region.pinned',
    kinds: REGIONAL,
    reads: ['region'],
    fault: ({ region }, { inputs, target }) =>
      region === inputs.region || region === target.replicaRegion
        ? undefined
        : `region must be ${inputs.region} or ${target.replicaRegion}, not ${String(region)}`,
  },
  {
    id: 'account.pinned',
    kinds: [PROVIDER],
    reads: ['allowedAccountIds'],
    fault: ({ allowedAccountIds }, { target }) => {
      // arguments of a provider that are no plain text reach it as JSON
      const accounts =
        typeof allowedAccountIds === 'string' ? (JSON.parse(allowedAccountIds) as unknown) : allowedAccountIds
      return list(accounts).length === 1 && read(accounts, 0) === target.account
        ? undefined
        : `allowedAccountIds must be ${target.account} alone`
    },
  },
  {
    id: 'tags.complete',
    kinds: TAGGED,
    reads: [],
    fault: ({ tags }, { inputs, target }) => {
      const wanted = placeOf('first', inputs, target).tags()
      const wrong = STACK_TAGS.filter((tag) => read(tags, tag) !== wanted[tag])
      return wrong.length > 0 ? `wrong or missing: ${wrong.join(', ')}` : undefined
    },
  },
  {
    id: 'protection.kept',
    kinds: PROTECTED,
    reads: [],
    fault: (_, { leaving }, { protect }) =>
      protect || leaving ? undefined : 'must be protected: losing it is losing the tenant’s data',
  },
]

/** Default deny: what no rule knows is not made. */
export const knownKinds: StackRule = {
  id: 'kind.known',
  *check(resources) {
    for (const { urn, type } of resources)
      if (type !== PROVIDER && !Object.hasOwn(KINDS, type))
        yield { urn, fault: `no rule knows what a ${type} must be like` }
  },
}

/** Resources without a provider of the stack's would be made with whatever credentials and region are about. */
export const onePinnedProvider: StackRule = {
  id: 'provider.pinned',
  *check(resources, { inputs }) {
    const providers = resources.filter(({ type }) => type === PROVIDER)
    const [only] = providers
    if (only === undefined || providers.length > 1)
      yield { urn: PROVIDER, fault: `one provider, not ${providers.length}` }
    else if (only.inputs['region'] !== inputs.region)
      yield { urn: only.urn, fault: `region must be ${inputs.region}, not ${String(only.inputs['region'])}` }
  },
}
