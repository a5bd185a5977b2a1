import { UNIT_LABEL } from '../../../control-plane/domain/naming.ts'
import { listObjects } from '../calls.ts'
import { sleep } from '../link.ts'
import { collection } from './calls.ts'
import type { Attested } from './context.ts'

const FILLED = ['pods', 'services', 'replicationcontrollers', 'secrets', 'configmaps']
const COUNTED_WITHIN_MS = 15_000
const LOOK_EVERY_MS = 50

/**
 * Takes away what an earlier run made in the second namespace, and waits until its quota knows. After a while it goes on: the
 * checks then say what they met.
 */
export async function emptied({ other, reader, link }: Pick<Attested, 'other' | 'reader' | 'link'>): Promise<void> {
  const { namespace, tenant } = other
  const at = (plural: string) => collection({ apiVersion: 'v1', plural, namespace })
  for (const plural of FILLED) {
    const query = { labelSelector: `!${UNIT_LABEL}` }
    await tenant.call({ method: 'DELETE', path: at(plural), query, what: `empty ${namespace} of ${plural}` }, link)
  }
  const until = Date.now() + COUNTED_WITHIN_MS
  for (;;) {
    const quotas = await listObjects(reader, at('resourcequotas'), { what: 'list quotas' }, link)
    if (quotas.every(isLow) || Date.now() > until) return
    await sleep(LOOK_EVERY_MS, link.signal)
  }
}

type Counts = Readonly<Record<string, string>>
/** The cluster's own ConfigMap is back at once; of the rest nothing is left. */
function isLow(quota: { [field: string]: unknown }): boolean {
  const used = (quota['status'] as { used?: Counts } | undefined)?.used
  return FILLED.every((plural) => used === undefined || Number(used[plural] ?? 0) <= (plural === 'configmaps' ? 1 : 0))
}
