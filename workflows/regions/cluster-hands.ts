import { type RegionSettings, reachablePodAddress } from '../../control-plane/domain/region-settings.ts'
import type { Cluster } from '../../stacks/kubernetes/cluster.ts'
import { endPods, waitForQuota } from '../../stacks/kubernetes/end-pods.ts'
import { applyOwned, removeOwned, repairOwned } from '../../stacks/kubernetes/inventory.ts'
import { type Owner, readInventory } from '../../stacks/kubernetes/inventory-record.ts'
import { waitForJob } from '../../stacks/kubernetes/jobs.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'
import { nameOf } from '../../stacks/kubernetes/objects.ts'
import { servingPods, waitForDeployment, waitForNoPods } from '../../stacks/kubernetes/observe.ts'
import { removeObjects } from '../../stacks/kubernetes/remove.ts'
import { ensureSecret, readSecret, removeSecret, repairSecret } from '../../stacks/kubernetes/secrets.ts'
import { type Publication, publishTenantsFile, readTenantsFile } from '../../stacks/kubernetes/tenants-file.ts'
import { waitForTenantsRevision } from '../../stacks/kubernetes/tenants-revision.ts'
import type { Pods, UnitCluster } from './hands.ts'
import { sharedWaits } from './shared-waits.ts'

/** Where every product listens (product contract). */
export const POD_PORT = 8080
/**
 * A file of all tenants of a unit is written, sent to its pods and read there whenever one of them changes. So
 * at most a ninth of the time goes into writing it: 200 provisions at once do so 50 times instead of 180.
 */
const PUBLICATION_REST = 8
const VERSION_TIMEOUT_MS = 5_000
/** On what an operation could not take back; its value is the operation. */
const QUARANTINE_LABEL = 'steward.dev/quarantined'

/** A region's cluster as the workflows use it. */
export function clusterHands(cluster: Cluster, settings: Pick<RegionSettings, 'podNetwork'>): UnitCluster {
  const reach = (podIp: string) => reachablePodAddress(settings, podIp)
  const waitFor = perNamespace((wish: Pods & { revision: number }, link) =>
    waitForTenantsRevision(cluster, { ...wish, reach, port: POD_PORT }, link),
  )
  const publish = perNamespace(
    (wish: Publication & { revision: number }, link) => publishTenantsFile(cluster, wish, link),
    { rest: PUBLICATION_REST },
  )
  return {
    applyOwned: async (owner, objects, link, minding) =>
      (await applyOwned(cluster, owner, objects, link, minding)).kept,
    repairOwned: (owner, objects, link, held) => repairOwned(cluster, owner, objects, link, held),
    removeOwned: async (owner, link) => void (await removeOwned(cluster, owner, link)),
    ensureSecret: (secret, link) => ensureSecret(cluster, secret, link),
    removeSecret: (secret, link) => removeSecret(cluster, secret, link),
    readSecret: (at, link) => readSecret(cluster, at, link),
    repairSecret: (secret, link) => repairSecret(cluster, secret, link),
    repairTenants: (publication, link) => publishTenantsFile(cluster, publication, link, { repair: true }),
    readTenants: (at, link) => readTenantsFile(cluster, at, link),
    removeTenants: async ({ namespace, configMap: name, unitId }, link) => {
      const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name }
      await removeObjects(cluster, { unitId, tenant: null }, [ref], link)
    },
    waitForDeployment: (at, link) => waitForDeployment(cluster, at, link),
    waitForJob: (at, link) => waitForJob(cluster, at, link),
    publishTenants: async (publication, link) =>
      void (await publish({ ...publication, revision: publication.file.revision }, link)),
    waitForTenantsRevision: async (wish, link) => void (await waitFor(wish, link)),
    waitForNoPods: (pods, link) => waitForNoPods(cluster, pods, link),
    waitForQuota: (at, link) => waitForQuota(cluster, at, link),
    endPods: ({ namespace }, link) => endPods(cluster, namespace, link),
    async podVersions(pods, link) {
      const found = await servingPods(cluster, pods, link)
      return Promise.all(found.map(async ({ name, ip }) => ({ pod: name, version: await versionAt(reach(ip), link) })))
    },
    markQuarantined: (owner, operationId, link) => markQuarantined(cluster, owner, operationId, link),
  }
}

/** Calls about one unit share rounds; units do not wait for each other. */
function perNamespace<W extends { namespace: string; revision: number }>(
  work: (wish: W, link: Link) => Promise<unknown>,
  options: { rest?: number } = {},
): (wish: W, link: Link) => Promise<unknown> {
  const rounds = new Map<string, typeof work>()
  return (wish, link) => {
    const known = rounds.get(wish.namespace) ?? sharedWaits(work, options)
    rounds.set(wish.namespace, known)
    return known(wish, link)
  }
}

/** What the product at an address says its version is; `silent` when it does not say. */
async function versionAt(address: string, { signal }: Link): Promise<string> {
  try {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(VERSION_TIMEOUT_MS)])
    const answer: unknown = await (await fetch(`http://${address}:${POD_PORT}/version`, { signal: stop })).json()
    const version = typeof answer === 'object' && answer !== null && 'version' in answer ? answer.version : undefined
    return typeof version === 'string' ? version : 'silent'
  } catch {
    signal.throwIfAborted()
    return 'silent'
  }
}

async function markQuarantined(cluster: Cluster, owner: Owner, operationId: string, link: Link): Promise<void> {
  const inventory = await readInventory(cluster, owner, link)
  for (const ref of inventory?.entries ?? []) {
    const path = await cluster.discovery.path(ref, link)
    const body = { metadata: { labels: { [QUARANTINE_LABEL]: operationId } } }
    await cluster.call(
      { method: 'PATCH', path, body, contentType: 'application/merge-patch+json', what: `label ${nameOf(ref)}` },
      link,
    )
  }
}
