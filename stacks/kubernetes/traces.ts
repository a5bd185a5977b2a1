import { claim, type Trace } from '../../control-plane/domain/orphan.ts'
import { NO_TENANT, TENANT_LABEL, UNIT_LABEL } from '../../control-plane/domain/naming.ts'
import type { Cluster } from './cluster.ts'
import { type Link, unlinked } from './link.ts'
import type { ObjectHead } from './calls.ts'
import type { ObjectMeta } from './objects.ts'
import { DERIVED } from './drift.ts'
import { listLabelled, sweep } from './sweep.ts'

/**
 * Every object of the cluster with the plane's labels, by metadata only, with the unit and the tenant that it names. What another
 * object owns or stands for goes with it, and is left out. Throws `sweep.incomplete` when any part could not be searched.
 */
export const listTraces = (cluster: Cluster, link: Link = unlinked): Promise<Trace[]> =>
  sweep(cluster, link, async (kinds) => {
    const heads = await listLabelled(cluster, kinds, UNIT_LABEL, link)
    return heads.filter(({ kind, metadata }) => !DERIVED.has(kind) && !isOwned(metadata)).map(traceOf)
  })

const isOwned = ({ ownerReferences: owners }: ObjectMeta): boolean => Array.isArray(owners) && owners.length > 0

function traceOf({ kind, metadata: { name, namespace, labels = {} } }: ObjectHead): Trace {
  const [unit, tenant] = [labels[UNIT_LABEL], labels[TENANT_LABEL]]
  return {
    kind,
    name,
    where: namespace === undefined ? 'cluster' : `namespace ${namespace}`,
    of: [
      ...(unit === undefined ? [] : [claim.unit(unit)]),
      ...(tenant === undefined || tenant === NO_TENANT ? [] : [claim.tenant(tenant)]),
    ],
  }
}
