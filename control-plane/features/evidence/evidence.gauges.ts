import { Type } from 'typebox'
import { query } from '../../platform/query.ts'
import type { RowGauge } from '../../platform/row-gauges.ts'
import { sql } from '../../platform/sql.ts'

const oldest = query({
  name: 'evidence.oldest',
  row: Type.Object({ seconds: Type.Number() }),
  sample: [] as [],
  sql: () => sql`
    select coalesce(max(greatest(0, extract(epoch from now() - coalesce(
             (select max(e.measured_at) from evidence e where e.unit_id = u.id and e.kind = 'isolation'), u.created_at)))), 0)::float8
           as seconds
      from units u where u.state = 'active'`,
})

/** How long ago isolation was measured, and how often it is to be: every `everyMs`, never with 0. */
export const evidenceGauges = ({ everyMs }: { everyMs: number }): readonly RowGauge[] => [
  {
    name: 'steward_attestation_oldest_seconds',
    description:
      'Time since the active unit measured longest ago was attested, or made when it never was; 0: no such unit',
    read: async (tx) => [{ labels: {}, value: (await tx.one(oldest)).seconds }],
  },
  {
    name: 'steward_attestation_interval_seconds',
    description:
      'How old a unit’s last attestation may become before it is measured again; 0: only when it is asked for',
    read: async () => [{ labels: {}, value: everyMs / 1000 }],
  },
]
