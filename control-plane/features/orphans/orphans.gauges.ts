import { Type } from 'typebox'
import { ORPHAN_STATES } from '../../domain/orphan.ts'
import { query } from '../../platform/query.ts'
import type { RowGauge } from '../../platform/row-gauges.ts'
import { sql } from '../../platform/sql.ts'

const counts = query({
  name: 'orphans.counts',
  row: Type.Object({ state: Type.Enum([...ORPHAN_STATES]), count: Type.Integer() }),
  sample: [] as [],
  sql: () => sql`select state, count(*)::integer as count from orphans group by state`,
})
const faults = query({
  name: 'orphans.faults',
  row: Type.Object({ count: Type.Integer() }),
  sample: [] as [],
  sql: () =>
    sql`select coalesce(sum((select count(*) from jsonb_object_keys(faults))), 0)::integer as count from orphan_sweeps`,
})

/** What sweeps found that belongs to nobody, and what they could not look at. */
export const orphanGauges: readonly RowGauge[] = [
  {
    name: 'steward_orphans',
    description: 'What carries the plane’s names and belongs to nothing that it knows, by state',
    read: async (tx) => {
      const found = new Map((await tx.all(counts)).map(({ state, count }) => [state, count]))
      return ORPHAN_STATES.map((state) => ({ labels: { state }, value: found.get(state) ?? 0 }))
    },
  },
  {
    name: 'steward_orphan_places_unsearched',
    description: 'Parts of regions that the latest sweep could not look at',
    read: async (tx) => [{ labels: {}, value: (await tx.one(faults)).count }],
  },
]
