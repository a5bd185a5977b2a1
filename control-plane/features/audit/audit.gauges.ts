import { Type } from 'typebox'
import { query } from '../../platform/query.ts'
import type { RowGauge } from '../../platform/row-gauges.ts'
import { sql } from '../../platform/sql.ts'

/** Since the first event where nothing was ever signed: a plane that never signs must not look like one that has nothing to sign. */
const checkpointAge = query({
  name: 'audit.checkpoint-age',
  row: Type.Object({ seconds: Type.Number() }),
  sample: [] as [],
  sql: () => sql`
    select case when (select sum(sequence) from audit_streams) is distinct from
                     coalesce((select events from audit_checkpoints order by sequence desc limit 1), 0)
                then greatest(0, extract(epoch from now() - coalesce(
                       (select at from audit_checkpoints order by sequence desc limit 1),
                       (select min(at) from audit_events where sequence = 1), now())))
                else 0 end::float8 as seconds`,
})

/** How far signing is behind the record. */
export const auditGauges: readonly RowGauge[] = [
  {
    name: 'steward_audit_checkpoint_age_seconds',
    description: 'Age of the newest checkpoint of the audit record while events wait for the next; 0: all are signed',
    read: async (tx) => [{ labels: {}, value: (await tx.one(checkpointAge)).seconds }],
  },
]
