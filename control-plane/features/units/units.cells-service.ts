import { freeCapacity } from '../../domain/placement.ts'
import { DEFAULT_PRODUCT } from '../../domain/products.ts'
import { referenceProblems } from '../../domain/reference-problems.ts'
import { isReservedSlug, looksLikeId } from '../../domain/slug.ts'
import { mayAskUnit } from '../../domain/unit-lifecycle.ts'
import type { AuditAppend } from '../../platform/audit.ts'
import type { Actor } from '../../platform/auth.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { assertIfMatch, etagOf } from '../../platform/etag.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import { newId } from '../../platform/ids.ts'
import type { LockSubjects, RequestOperation } from '../../platform/operation-port.ts'
import { cursorPage, type Cursors } from '../../platform/pagination.ts'
import type { Accepted, Page } from '../../platform/schemas.ts'
import { problems } from './units.errors.ts'
import {
  DEFAULT_CAPACITY,
  DEFAULT_RETIRE_APPROVAL,
  type Cell,
  type CellAccepted,
  type CreateCell,
  type ListCells,
} from './units.cells-schema.ts'
import { refuseOccupied, stateForbids } from './units.settle.ts'
import type { CellRow, UnitsStore } from './units.store.ts'

/** A registered version of a product. Throws `product.unknown` and `version.unknown`. */
export type FindRelease = (tx: Tx, product: string, version: string | undefined) => Promise<{ version: string }>

export type CellsDeps = {
  database: Pick<Database, 'transaction'>
  store: UnitsStore
  cursors: Cursors
  request: RequestOperation
  lockSubjects: LockSubjects
  audit: AuditAppend
  findRelease: FindRelease
}
export type CellsService = ReturnType<typeof cellsService>

const cellOf = (row: CellRow): Cell => ({ ...row, free: freeCapacity(row.capacity, row.used) })
const LIST = 'cells'

export const cellsService = (deps: CellsDeps) => ({
  create: (actor: Actor, idempotency: Idempotency, input: CreateCell) =>
    once(deps, actor, idempotency, (tx) => create(deps, tx, actor, input)),

  retire: (actor: Actor, idempotency: Idempotency, reference: string, ifMatch: string | undefined) =>
    once(deps, actor, idempotency, (tx) => retire(deps, tx, actor, reference, ifMatch)),

  /** One cell by id or name. Throws `cell.not-found`. */
  get: (reference: string): Promise<Cell> =>
    deps.database.transaction(async (tx) => cellOf(await found(deps, tx, reference))),

  list: ({ limit = 50, cursor, region, state }: ListCells): Promise<Page<Cell>> =>
    deps.database.transaction(async (tx) => {
      const scope = { list: LIST, filters: { region, state } }
      const position = deps.cursors.decode(scope, cursor)
      const after = position === undefined ? null : String(position[0])
      const rows = await deps.store.listCells(tx, {
        region: region ?? null,
        state: state ?? null,
        after,
        limit: limit + 1,
      })
      return cursorPage({ cursors: deps.cursors, scope, limit, rows, position: ({ name }) => [name], item: cellOf })
    }),
})

type Asked = { actor: Actor; action: string; cell: CellRow; accepted: Accepted }

const once = (
  deps: CellsDeps,
  actor: Actor,
  { key, fingerprint }: Idempotency,
  work: (tx: Tx) => Promise<Answer<CellAccepted>>,
) => deps.database.transaction((tx) => idempotent(tx, actor, key, fingerprint, () => work(tx)))

async function found({ store }: CellsDeps, tx: Tx, reference: string): Promise<CellRow> {
  const id = reference.toLowerCase()
  const row = looksLikeId(id) ? await store.findCell(tx, id, null) : await store.findCell(tx, null, reference)
  if (row !== undefined) return row
  throw problems['cell.not-found']({ detail: `No cell is called ${reference}: list them with GET /v1/cells` })
}

async function regionFor({ store }: CellsDeps, tx: Tx, wanted: string | undefined): Promise<string> {
  const known = await store.regions(tx)
  const region = wanted ?? (known.length === 1 ? known[0] : undefined)
  if (region !== undefined && known.includes(region)) return region
  const message = known.length === 0 ? 'no region is registered yet' : `must be one of: ${known.join(', ')}`
  throw referenceProblems['region.unknown']({
    detail: `region ${message}`,
    fields: [{ pointer: '/region', rule: 'region.known', message }],
  })
}

async function create(deps: CellsDeps, tx: Tx, actor: Actor, input: CreateCell): Promise<Answer<CellAccepted>> {
  const { name } = input
  if (isReservedSlug(name)) {
    const message = `${name} is reserved: choose another name`
    throw referenceProblems['slug.reserved']({
      detail: message,
      fields: [{ pointer: '/name', rule: 'slug.reserved', message }],
    })
  }
  const region = await regionFor(deps, tx, input.region)
  const { product = DEFAULT_PRODUCT, retireApproval = DEFAULT_RETIRE_APPROVAL } = input
  const { version } = await deps.findRelease(tx, product, input.version)
  const capacity = { ...DEFAULT_CAPACITY, ...input.capacity }
  const id = newId()
  if ((await deps.store.insert(tx, { id, name, region, product, version, capacity, retireApproval })) === undefined) {
    const message = `${name} is or was the name of a cell or of a private tenant: names are never used twice`
    throw problems['cell.name-taken']({
      detail: message,
      fields: [{ pointer: '/name', rule: 'cell.name-unique', message }],
    })
  }
  const wanted = { kind: 'cell.create', tenantId: null, unitId: id, region, input: { generation: 1 } } as const
  const accepted = await deps.request(tx, { ...wanted, requestedBy: actor.operatorId, requestId: actor.requestId })
  return answer(deps, tx, { actor, action: 'cell.create', cell: await found(deps, tx, id), accepted })
}

/** Locks the region first, so that nobody is placed while the cell is found empty. */
async function retire(
  deps: CellsDeps,
  tx: Tx,
  actor: Actor,
  reference: string,
  ifMatch: string | undefined,
): Promise<Answer<CellAccepted>> {
  const { id, region, name, retireApproval } = await found(deps, tx, reference)
  await deps.store.lockRegion(tx, region)
  await deps.lockSubjects(tx, { kind: 'cell.retire', tenantId: null, unitId: id })
  const { state, generation } = await deps.store.lock(tx, id)
  assertIfMatch(ifMatch, generation)
  await refuseOccupied(tx, id)
  if (!mayAskUnit('cell.retire', state)) throw stateForbids({ name, state })
  const wanted = {
    kind: 'cell.retire',
    tenantId: null,
    unitId: id,
    region,
    input: { generation: generation + 1, was: state },
    approval: state === 'active' ? retireApproval : 'none', // what never served anybody, or is half removed, asks nobody
  } as const
  const accepted = await deps.request(tx, { ...wanted, requestedBy: actor.operatorId, requestId: actor.requestId })
  if (!accepted.merged) await deps.store.bump(tx, id)
  return answer(deps, tx, { actor, action: 'cell.retire', cell: await found(deps, tx, id), accepted })
}

async function answer(
  { audit }: CellsDeps,
  tx: Tx,
  { actor, action, cell, accepted }: Asked,
): Promise<Answer<CellAccepted>> {
  const { id, name, region, product, version, capacity, retireApproval, generation } = cell
  await audit(tx, {
    stream: 'installation',
    actor,
    action,
    subject: `unit:${id}`,
    outcome: 'succeeded',
    requestId: actor.requestId,
    operationId: accepted.operationId,
    detail: { name, region, product, version, capacity, retireApproval, merged: accepted.merged },
  })
  const headers = { location: `/v1/operations/${accepted.operationId}`, etag: etagOf(generation) }
  return { status: 202, headers, body: { ...accepted, cell: cellOf(cell) } }
}
