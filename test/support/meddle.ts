import { readFile } from 'node:fs/promises'
import { AppsV1Api, CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node'
import { unitNames } from '../../control-plane/domain/naming.ts'
import type { UnitKind } from '../../control-plane/domain/unit-kinds.ts'
import type { TestEstate } from './estate.ts'
import { withClient } from './postgres.ts'

/** Whether an entry of a dump is of a kind that meddling takes away: the Service, and what the cluster then removes in its own time. */
export const isMeddledAway = (thing: string): boolean => /^(Service|EndpointSlice|Endpoints) /.test(thing)

/** What somebody with every right does to a unit behind the plane's back: a Service gone, a Deployment scaled, a login let loose. */
export async function meddle(estate: TestEstate['estate'], name: string, kind: UnitKind = 'cell'): Promise<void> {
  const { namespace, appRole } = unitNames(kind, name)
  const config = new KubeConfig()
  config.loadFromFile(estate.credentials.kubeconfig('admin'))
  await config.makeApiClient(CoreV1Api).deleteNamespacedService({ name: 'ledger', namespace })
  await config
    .makeApiClient(AppsV1Api)
    .patchNamespacedDeployment(
      { name: 'ledger', namespace, fieldManager: 'kubectl-edit', body: { spec: { revisionHistoryLimit: 7 } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    )
  const products = (await readFile(estate.credentials.url('products-admin'), 'utf8')).trim()
  await withClient(products, (client) => client.query(`alter role ${appRole} connection limit 3`))
}
