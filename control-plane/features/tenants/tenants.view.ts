import { tenantUrl } from '../../domain/naming.ts'
import type { TenantView } from './tenants.rows.ts'
import type { Tenant } from './tenants.schema.ts'

/** The row as the API shows it. */
export function tenantOf(row: TenantView): Tenant {
  const {
    published: _published,
    confirmed: _confirmed,
    compute: _compute,
    sold: _sold,
    trialPlan,
    trialEndsAt,
    unitId,
    unitKind,
    unitName,
    edgeUrl,
    ...shown
  } = row
  const trial = trialPlan === row.plan ? trialEndsAt : null
  return {
    ...shown,
    trialEndsAt: trial,
    unit: { id: unitId, kind: unitKind, name: unitName },
    url: tenantUrl(row.host, edgeUrl),
  }
}
