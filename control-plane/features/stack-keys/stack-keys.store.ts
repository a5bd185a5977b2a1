import { Type } from 'typebox'
import { UNIT_KINDS } from '../../domain/unit-kinds.ts'
import { UNIT_STATES } from '../../domain/unit-lifecycle.ts'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { sql } from '../../platform/sql.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'

const unit = query({
  name: 'stack-keys.unit',
  row: Type.Object({ name: Type.String(), kind: Type.Enum(UNIT_KINDS), state: Type.Enum(UNIT_STATES) }),
  sample: [NOBODY] as [unitId: string],
  sql: (unitId) => sql`select name, kind, state from units where id = ${unitId}`,
})

/** Once per operation, however often its step is repeated. */
const raise = query({
  name: 'stack-keys.raise',
  row: Type.Object({}),
  sample: [NOBODY, NOBODY] as [unitId: string, operationId: string],
  sql: (unitId, operationId) => sql`
    update units set key_generation = key_generation + 1, key_rotated_by = ${operationId}, updated_at = now()
     where id = ${unitId} and key_rotated_by is distinct from ${operationId}::uuid`,
})

/** One that somebody has rotated past what was asked for stays where it is. */
const reached = query({
  name: 'stack-keys.reached',
  row: Type.Object({}),
  sample: [NOBODY, 1] as [unitId: string, generation: number],
  sql: (unitId, generation) => sql`
    update units set key_generation = greatest(key_generation, ${generation}::int) where id = ${unitId}`,
})

/** Generations of everything that the key of a stack seals; null: of an export whose was not noted. */
const needed = query({
  name: 'stack-keys.needed',
  row: Type.Object({ generation: Type.Union([Type.Integer(), Type.Null()]) }),
  sample: [NOBODY, 'name'] as [unitId: string, key: string],
  sql: (unitId, key) => sql`
    select key_generation as generation from backups where unit_id = ${unitId} and removed_at is null
    union
    select key_generation from exports where wrapped_by = ${key} and deleted_at is null and handed_over_at is null`,
})

export const stackKeysStore = {
  unit: (tx: Tx, unitId: string) => tx.one(unit, unitId),
  raise: (tx: Tx, unitId: string, operationId: string) => tx.run(raise, unitId, operationId),
  reached: (tx: Tx, unitId: string, generation: number) => tx.run(reached, unitId, generation),
  needed: async (tx: Tx, unitId: string, key: string) =>
    (await tx.all(needed, unitId, key)).map(({ generation }) => generation),
}
