import { timeRemaining, type StepProgress, type TimeRemaining } from '../../domain/estimate.ts'
import { processOf, type OperationKind, stepTitle } from '../../domain/operation-kinds.ts'
import { isFinal } from '../../domain/operation-states.ts'
import { parseTraceParent } from '../../domain/trace-parent.ts'
import type { UnitKind } from '../../domain/unit-kinds.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Page } from '../../platform/schemas.ts'
import { problems } from './operations.errors.ts'
import type { ListOperations, Operation, OperationDetail, Step } from './operations.schema.ts'
import { declaredSteps, viewsStore, type StepRow, type ViewRow } from './operations.views-store.ts'

type Deps = { database: Pick<Database, 'transaction' | 'statement'>; cursors: Cursors }

const faultOf = (row: { errorCode: string | null; errorMessage: string | null }) =>
  row.errorCode === null ? null : { code: row.errorCode, message: row.errorMessage ?? '' }

const shown = (row: ViewRow): Operation => {
  const declared = declaredSteps(row.kind, row.unitKind)
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    subject: row.subject,
    tenantId: row.tenantId,
    unitId: row.unitId,
    region: row.region,
    retryOf: row.retryOf,
    requestedBy: row.requestedBy,
    approval: row.approval,
    createdAt: row.createdAt,
    admittedAt: row.admittedAt,
    cancelRequestedAt: row.cancelRequestedAt,
    finishedAt: row.finishedAt,
    progress: { done: declared.filter((step) => row.stepsDone.includes(step)).length, total: declared.length },
    behind: row.state === 'queued' ? row.behind : null,
    error: faultOf(row),
  }
}

/** The declared steps in their order, begun or not; then what happened besides, in the order it began. */
export function stepsInOrder(kind: OperationKind, unit: UnitKind, rows: readonly StepRow[]): Step[] {
  const rowOf = new Map(rows.map((row) => [row.step, row]))
  const declared = processOf(kind, unit).steps
  const others = rows
    .map(({ step }) => ({ step, title: stepTitle(kind, step) ?? step }))
    .filter(({ step }) => !declared.some((known) => known.step === step))
  return [...declared, ...others].map(({ step, title }) => {
    const row = rowOf.get(step)
    if (row === undefined)
      return { step, title, state: 'pending', attempt: null, startedAt: null, finishedAt: null, error: null }
    const { state, attempt, startedAt, finishedAt } = row
    return { step, title, state, attempt, startedAt, finishedAt, error: faultOf(row) }
  })
}

async function detail(tx: Tx, id: string): Promise<OperationDetail> {
  const row = await tx.maybe(viewsStore.get, id)
  if (row === undefined)
    throw problems['operation.not-found']({ detail: `There is no operation ${id}: GET /v1/operations lists them` })
  const rows = await tx.all(viewsStore.steps, id)
  const { pointOfNoReturn } = processOf(row.kind, row.unitKind)
  const returnable = pointOfNoReturn === null || !rows.some(({ step }) => step === pointOfNoReturn)
  const ended = isFinal(row.state)
  return {
    ...shown(row),
    input: row.input,
    traceId: parseTraceParent(row.traceParent)?.traceId ?? null,
    steps: stepsInOrder(row.kind, row.unitKind, rows),
    timeRemaining: row.state === 'running' ? await estimate(tx, row, rows) : null,
    pointOfNoReturn,
    cancellable: !ended && row.cancelRequestedAt === null && returnable,
    retryable: ended && row.state !== 'succeeded' && (await tx.maybe(viewsStore.overtakenBy, id)) === undefined,
  }
}

/** How long an operation of a kind will take that has not begun; null while past runs are too few. */
export const estimateOf = (tx: Tx, kind: OperationKind, unitKind: UnitKind): Promise<TimeRemaining | null> =>
  estimate(tx, { kind, unitKind }, [])

async function estimate(
  tx: Tx,
  { kind, unitKind }: Pick<ViewRow, 'kind' | 'unitKind'>,
  rows: readonly StepRow[],
): Promise<TimeRemaining | null> {
  const past = await tx.all(viewsStore.history, kind, unitKind)
  const history = Object.fromEntries(past.map(({ step, durations }) => [step, durations]))
  const rowOf = new Map(rows.map((row) => [row.step, row]))
  const progress = declaredSteps(kind, unitKind).map((step): StepProgress => {
    const row = rowOf.get(step)
    return { step, state: row?.state ?? 'pending', elapsedMs: row?.elapsedMs ?? 0 }
  })
  return timeRemaining(progress, history)
}

export type OperationsViews = {
  /** Newest first. Throws `cursor.invalid`. */
  list: (wanted: ListOperations) => Promise<Page<Operation>>
  /** Throws `operation.not-found`. */
  get: (id: string) => Promise<OperationDetail>
}

/** What people and programs see of operations. */
export const operationsViews = ({ database, cursors }: Deps): OperationsViews => ({
  async list({ limit = 50, cursor, ...filters }) {
    const scope = { list: 'operations', filters }
    const position = cursors.decode(scope, cursor)
    const before = position === undefined ? undefined : Number(position[0])
    const rows = await database.statement((tx) => tx.all(viewsStore.list, filters, before, limit + 1))
    return cursorPage({ cursors, scope, limit, rows, position: ({ sequence }) => [sequence], item: shown })
  },
  get: (id) => database.transaction((tx) => detail(tx, id)),
})
