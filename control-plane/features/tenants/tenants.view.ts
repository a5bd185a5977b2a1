import { tenantUrl } from '../../domain/naming.ts'
import type { TenantView } from './tenants.rows.ts'
import type { Tenant } from './tenants.schema.ts'

/** The row as the API shows it. */
export function tenantOf(row: TenantView): Tenant {
  const {
    published: _published,
    confirmed: _confirmed,
    compute: _compute,
    unitId,
    unitKind,
    unitName,
    edgeUrl,
    ...shown
  } = row
  return { ...shown, unit: { id: unitId, kind: unitKind, name: unitName }, url: tenantUrl(row.host, edgeUrl) }
}
