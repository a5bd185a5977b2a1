import type { ClauseResult } from '../../control-plane/domain/contract.ts'
import type { UnitNames } from '../../control-plane/domain/naming.ts'
import type { PublishedTenant } from '../../control-plane/domain/tenants-file.ts'
import type { Cluster } from '../kubernetes/cluster.ts'
import { deleteObject, readHead } from '../kubernetes/calls.ts'
import { applyOwned } from '../kubernetes/inventory.ts'
import type { Owner } from '../kubernetes/inventory-record.ts'
import { waitForJob } from '../kubernetes/jobs.ts'
import { type Link, sleep } from '../kubernetes/link.ts'
import type { KubernetesObject } from '../kubernetes/objects.ts'
import { servingPods, waitForDeployment } from '../kubernetes/observe.ts'
import type { ProductServer } from '../postgres/product-server.ts'
import type { Pod } from './ask.ts'
import { runClauses } from './run-clauses.ts'

const LOOK_EVERY_MS = 100

/** What a check is told of its unit; `Use` is how a render of its chart is asked for. */
export type ContractCheck<Use> = {
  unit: { id: string; chart: string; image: string; version: string }
  names: UnitNames
  pods: { namespace: string; labels: Readonly<Record<string, string>> }
  deployment: { namespace: string; name: string }
  /** The plane's own values for the unit, and these instead of or beside them. */
  use: (values: object) => Use
  served: Pick<PublishedTenant, 'slug' | 'hosts'>
  suspended: Pick<PublishedTenant, 'hosts'> | null
  limited: Pick<PublishedTenant, 'hosts'> | null
  revision: number
  silo: { publish: (second: boolean) => Promise<number> } | null
  /** Who owns the Jobs of the check, and the Secret of its scratch database. */
  jobs: { owner: Owner; secret: string }
}
type Parts<Use> = {
  cluster: Cluster
  products: ProductServer
  render: (use: Use) => Promise<KubernetesObject[]>
  /** The address at which a pod can be reached from here. */
  reach: (podIp: string) => string
  port: number
}

/** Looks at a unit in service through the hands of its region. */
export function checkContract<Use>(parts: Parts<Use>, check: ContractCheck<Use>, link: Link): Promise<ClauseResult[]> {
  const { cluster, products, render, reach, port } = parts
  const { unit, names, deployment, use, jobs } = check
  const serving = async () => (await servingPods(cluster, check.pods, link)).filter(({ ready }) => ready)
  const stop = async ({ name }: Pod) => {
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace: names.namespace, name }
    const head = await readHead(cluster, ref, link)
    if (head?.metadata.uid !== undefined) await deleteObject(cluster, ref, { uid: head.metadata.uid }, link)
  }
  return runClauses(
    {
      ...check,
      chart: {
        chart: unit.chart,
        unitId: unit.id,
        image: unit.image,
        version: unit.version,
        secret: names.databaseSecret,
        configMap: names.tenantsConfigMap,
        render: (values) => render(use(values)),
      },
      pods: async () => (await serving()).map(({ name, ip }) => ({ name, host: reach(ip), port })),
      stop,
      async whole() {
        const before = await serving()
        await waitForDeployment(cluster, deployment, link)
        while ((await serving()).length < Math.max(1, before.length)) await sleep(LOOK_EVERY_MS, link.signal)
      },
      async migrate(phase, run) {
        const name = `check-${phase}-${run}`
        const values = { component: 'migration', migration: { phase, name }, database: { secret: jobs.secret } }
        await applyOwned(cluster, jobs.owner, await render(use(values)), link)
        await waitForJob(cluster, { namespace: names.namespace, name }, link)
      },
      database: (work) => products.session(names.database, (statements) => work(statements, names.appRole)),
    },
    link,
  )
}
