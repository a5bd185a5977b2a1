import { GUARD } from '../../../control-plane/domain/attestation.ts'
import { collectionPath, type Resource } from '../discovery.ts'
import { eachLimited } from '../each-limited.ts'
import { HEADS_ONLY } from '../calls.ts'
import { groupOf } from '../objects.ts'
import { mayI } from './access-review.ts'
import { attempt, controlAllows, mustRefuse } from './attempt.ts'
import { list } from './calls.ts'
import { type Check, WIDTH } from './context.ts'

/** What every identity may do: ask about itself. All else outside of namespaces is the plane's. */
export const ALLOWED: readonly string[] = [
  'create authentication.k8s.io/selfsubjectreviews',
  'create authorization.k8s.io/selfsubjectaccessreviews',
  'create authorization.k8s.io/selfsubjectrulesreviews',
]
const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']

/** Every kind outside of namespaces, as the cluster serves it now, and every verb: by the authorizer's word, and lists for real. */
export const clusterResources: Check = async ({ ours: { namespace, tenant }, reader, link }) => {
  const kinds = (await reader.discovery.everything(link)).filter(({ namespaced }) => !namespaced)
  const rights = kinds.flatMap((kind) => VERBS.map((verb) => ({ kind, verb })))
  const forbidden = rights.filter(({ kind, verb }) => !ALLOWED.includes(`${verb} ${nameOf(kind)}`))
  const asked = await eachLimited(forbidden, WIDTH, async ({ kind, verb }) => {
    const right = { verb, group: groupOf(kind.apiVersion), resource: kind.plural }
    return mustRefuse(`${verb} ${nameOf(kind)}`, [GUARD.rbac], await mayI(tenant, right, link))
  })
  const listable = kinds.filter(({ verbs }) => verbs.includes('list'))
  const tried = await eachLimited(listable, WIDTH, async (kind) => {
    const call = (who: typeof tenant) =>
      attempt(
        who,
        {
          method: 'GET',
          path: collectionPath(kind),
          query: { limit: '1' },
          accept: `${HEADS_ONLY},application/json`,
          what: 'list',
        },
        link,
      )
    return [
      mustRefuse(`really list ${nameOf(kind)}`, [GUARD.rbac], await call(tenant)),
      controlAllows(`the sweeper lists ${nameOf(kind)}`, await call(reader)),
    ]
  })
  const own = await attempt(tenant, list({ apiVersion: 'v1', plural: 'pods', namespace }), link)
  return [controlAllows('the same identity lists pods of its own', own), ...asked, ...tried.flat()]
}

const nameOf = ({ apiVersion, plural }: Resource): string => `${groupOf(apiVersion)}/${plural}`
