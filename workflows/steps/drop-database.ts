import { link } from './link.ts'
import type { Place } from './step-deps.ts'
import { problems } from './steps.errors.ts'

/**
 * Drops the unit's database with its logins, unless a tenant is placed there: claims should keep that away, rows are looked at once
 * more. An instance goes with its tenant, who is placed there until the end.
 */
export async function dropDatabase({ hands, names, unit }: Place, epoch: number): Promise<void> {
  if (unit.kind === 'cell' && unit.occupants > 0) {
    const detail = `${unit.occupants} tenants are placed in ${unit.name}: its database stays; move or decommission them first`
    throw problems['unit.occupied']({ detail })
  }
  if (unit.adopts !== null && !unit.given) return // it was let go, or never taken: it is not the unit's to drop
  await hands.databases.drop({ names, epoch }, link())
}
