import { Type } from 'typebox'
import { OPERATION_KINDS } from '../../domain/operation-kinds.ts'
import { isFinal, OPERATION_STATES } from '../../domain/operation-states.ts'
import { query } from '../../platform/query.ts'
import type { RowGauge } from '../../platform/row-gauges.ts'
import { sql } from '../../platform/sql.ts'

const UNENDED = OPERATION_STATES.filter((state) => !isFinal(state))

/** Age since it was admitted for a running one, since it was asked for for the others. */
const open = query({
  name: 'operations.open-by-state',
  row: Type.Object({
    kind: Type.Enum(OPERATION_KINDS),
    state: Type.Enum(UNENDED),
    count: Type.Integer(),
    oldestSeconds: Type.Number(),
  }),
  sample: [] as [],
  sql: () => sql`
    select kind, state, count(*) as count,
           extract(epoch from now() - min(case state when 'running' then admitted_at else created_at end))::float8 as "oldestSeconds"
      from operations where finished_at is null group by kind, state`,
})

const outboxLag = query({
  name: 'operations.outbox-lag',
  row: Type.Object({ seconds: Type.Number() }),
  sample: [] as [],
  sql: () => sql`
    select coalesce(extract(epoch from now() - min(admitted_at)), 0)::float8 as seconds
      from operations where finished_at is null and state = 'running' and delivered_at is null`,
})

/** Every state is there even when nothing is in it: an alert on a series that comes and goes would miss what it should see. */
const byState = <T extends { state: string }>(rows: readonly T[], value: (rows: readonly T[]) => number) =>
  UNENDED.map((state) => ({ labels: { state }, value: value(rows.filter((row) => row.state === state)) }))

/** What waits, runs and was not delivered yet. */
export const operationGauges: readonly RowGauge[] = [
  {
    name: 'steward_operations_open',
    description: 'Operations that have not ended, by kind and state',
    read: async (tx) =>
      (await tx.all(open)).map(({ kind, state, count }) => ({ labels: { kind, state }, value: count })),
  },
  {
    name: 'steward_operations_oldest_seconds',
    description:
      'Age of the oldest operation in a state; running ones since they were admitted, the others since they were asked for',
    read: async (tx) =>
      byState(await tx.all(open), (rows) => Math.max(0, ...rows.map(({ oldestSeconds }) => oldestSeconds))),
  },
  {
    name: 'steward_outbox_lag_seconds',
    description: 'Age of the oldest operation that was admitted and not yet handed to the engine; 0: there is none',
    read: async (tx) => [{ labels: {}, value: (await tx.one(outboxLag)).seconds }],
  },
]
