import type { TenantsFile } from '../../control-plane/domain/tenants-file.ts'
import { isOwn } from '../../control-plane/domain/unit-kinds.ts'
import type { Tx } from '../../control-plane/platform/database.ts'
import { type Place, placeOf, type StepDeps, type TenantFacts } from '../steps/step-deps.ts'

/**
 * A unit as the records want it: at the version that was confirmed, with the tenants that its file lists. `tenant`: whose own it
 * is, under the terms in force; null for a cell.
 */
export type WholeUnit = Place & { file: TenantsFile; tenant: TenantFacts | null }
export type WholeDeps = Pick<StepDeps, 'unitFacts' | 'tenantFacts' | 'regionFacts' | 'handsOf' | 'tenantsFile'>

export async function wholeUnit(deps: WholeDeps, tx: Tx, unitId: string): Promise<WholeUnit> {
  const { unit, ...place } = await placeOf(deps, tx, { unitId })
  const file = await deps.tenantsFile(tx, unitId)
  const [own] = isOwn(unit.kind) ? file.tenants : []
  return {
    ...place,
    unit: { ...unit, version: unit.confirmedVersion ?? unit.version },
    file,
    tenant: own ? await deps.tenantFacts(tx, own.id, unitId) : null,
  }
}
