import { Type, type Static } from 'typebox'
import type { Tx } from './database.ts'
import { withoutNul } from './json.ts'
import { query } from './query.ts'
import type { RowGauge } from './row-gauges.ts'
import { closed, Timestamp } from './schemas.ts'
import { sql } from './sql.ts'

/** Observed truth about a tenant or a unit. */
export const Condition = Type.Object(
  {
    type: Type.String({ description: 'What is observed, for example `Ready` or `Serving`' }),
    status: Type.Enum(['true', 'false', 'unknown']),
    reason: Type.String({ description: 'Stable word for programs' }),
    message: Type.String({ description: 'Sentence for people' }),
    observedGeneration: Type.Integer({ minimum: 0, description: 'Generation of the intent that was observed' }),
    changedAt: Timestamp,
  },
  {
    $id: 'Condition',
    ...closed,
    examples: [
      {
        type: 'Ready',
        status: 'true',
        reason: 'Provisioned',
        message: 'It answers at its address',
        observedGeneration: 1,
        changedAt: '2026-11-22T09:30:00.000Z',
      },
    ],
  },
)
export type Condition = Static<typeof Condition>
/** What an observer reports. */
export type Report = Omit<Condition, 'changedAt'> & {
  subject: `tenant:${string}` | `unit:${string}`
  tenantId: string | null
}

const NOBODY = '00000000-0000-0000-0000-000000000000'

/** An older generation never overwrites what was seen of a newer one; the time is that of the last change of status. */
const report = query({
  name: 'conditions.report',
  row: Type.Object({}),
  sample: [
    {
      subject: `unit:${NOBODY}`,
      type: 'Ready',
      tenantId: null,
      status: 'true',
      reason: 'R',
      message: 'M',
      observedGeneration: 1,
    },
  ] as [seen: Report],
  sql: (seen) => sql`
    insert into conditions as known (subject, type, tenant_id, status, reason, message, observed_generation)
    values (${seen.subject}, ${seen.type}, ${seen.tenantId}::uuid, ${seen.status}, ${seen.reason}, ${seen.message},
            ${seen.observedGeneration})
    on conflict (subject, type) do update
      set status = excluded.status, reason = excluded.reason, message = excluded.message,
          observed_generation = excluded.observed_generation,
          changed_at = case when known.status = excluded.status then known.changed_at else now() end
      where known.observed_generation <= excluded.observed_generation`,
})

/** Records what was observed. */
export const reportCondition = (tx: Tx, seen: Report): Promise<number> =>
  tx.run(report, { ...seen, message: withoutNul(seen.message) })

const counts = query({
  name: 'conditions.counts',
  row: Type.Object({ type: Type.String(), status: Condition.properties.status, count: Type.Integer() }),
  sample: [] as [],
  sql: () => sql`select type, status, count(*) as count from conditions group by type, status`,
})

/** How many tenants and units are in what condition. */
export const conditionGauges: readonly RowGauge[] = [
  {
    name: 'steward_conditions',
    description: 'Conditions of tenants and units by type and status',
    read: async (tx) => (await tx.all(counts)).map(({ count, ...labels }) => ({ labels, value: count })),
  },
]

/** The conditions of one subject as a JSON array, to be spliced into a query: `${conditionsOf(sql`'unit:' || u.id`)}`. */
export const conditionsOf = (subject: ReturnType<typeof sql>) => sql`(
  select coalesce(jsonb_agg(jsonb_build_object('type', c.type, 'status', c.status, 'reason', c.reason, 'message', c.message,
           'observedGeneration', c.observed_generation,
           'changedAt', to_char(c.changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by c.type), '[]')
    from conditions c where c.subject = ${subject})`
