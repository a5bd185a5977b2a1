import { Type, type Static } from 'typebox'
import type { Difference } from '../../domain/drift.ts'
import type { Tx } from '../../platform/database.ts'
import { query } from '../../platform/query.ts'
import { Timestamp, Uuid } from '../../platform/schemas.ts'
import { sql } from '../../platform/sql.ts'
import { DifferenceSchema } from './drift.schema.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** A repair that is asked again for what it found looks anew: what it found last is what it repairs. */
const begin = query({
  name: 'drift.begin-repair',
  row: Type.Object({}),
  sample: [NOBODY, NOBODY, []] as [operationId: string, unitId: string, found: readonly Difference[]],
  sql: (operationId, unitId, found) => sql`
    insert into unit_repairs (operation_id, unit_id, found) values (${operationId}, ${unitId}, ${JSON.stringify(found)}::jsonb)
    on conflict (operation_id) do update set found = excluded.found`,
})
const end = query({
  name: 'drift.end-repair',
  row: Type.Object({}),
  sample: [NOBODY, []] as [operationId: string, remaining: readonly Difference[]],
  sql: (operationId, remaining) => sql`
    update unit_repairs set remaining = ${JSON.stringify(remaining)}::jsonb, ended_at = now() where operation_id = ${operationId}`,
})
const found = query({
  name: 'drift.found-by-repair',
  row: Type.Object({ found: Type.Array(DifferenceSchema) }),
  sample: [NOBODY] as [operationId: string],
  sql: (operationId) => sql`select found from unit_repairs where operation_id = ${operationId}`,
})

const RepairRow = Type.Object({
  operationId: Uuid,
  found: Type.Array(DifferenceSchema),
  remaining: orNull(Type.Array(DifferenceSchema)),
  begunAt: Timestamp,
  endedAt: orNull(Timestamp),
})
export type RepairRow = Static<typeof RepairRow>
const latest = query({
  name: 'drift.latest-repair',
  row: RepairRow,
  sample: [NOBODY] as [unitId: string],
  sql: (unitId) => sql`
    select operation_id as "operationId", found, remaining, begun_at as "begunAt", ended_at as "endedAt"
      from unit_repairs where unit_id = ${unitId} order by begun_at desc limit 1`,
})

/** What repairs found and what they left. */
export const repairsStore = {
  begin: (tx: Tx, operationId: string, unitId: string, differences: readonly Difference[]) =>
    tx.run(begin, operationId, unitId, differences),
  end: (tx: Tx, operationId: string, remaining: readonly Difference[]) => tx.run(end, operationId, remaining),
  /** No row: it has not looked yet. */
  found: async (tx: Tx, operationId: string): Promise<readonly Difference[]> =>
    (await tx.maybe(found, operationId))?.found ?? [],
  latest: (tx: Tx, unitId: string) => tx.maybe(latest, unitId),
}
