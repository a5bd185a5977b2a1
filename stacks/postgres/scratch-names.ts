import { createHash } from 'node:crypto'
import type { UnitNames } from '../../control-plane/domain/naming.ts'

/** Names of the database on which a check tries migrations, from those of the unit alone: found again after any crash. */
export function scratchNames(names: UnitNames): UnitNames {
  const short = createHash('sha256').update(names.database).digest('hex').slice(0, 12) // names end at 63 letters
  const sql = `check_${short}` as const
  const made = { database: sql, ownerRole: `${sql}_owner`, appRole: `${sql}_app`, copyRole: `${sql}_copy` }
  return { ...names, ...made } as UnitNames // templates of the type are those of units
}
