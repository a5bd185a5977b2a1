import type { Statements } from '../product-server.ts'
import { moveProblems } from './move.errors.ts'
import { atBoth, atEnd, checkIds, checkMove, flowOf, type Move, moveSchema } from './move.ts'
import { type Refusal, schemaRefusals, sequenceRefusals, tableRefusals } from './refusals.ts'
import { describeTables, type MoveTable, readSequences } from './tables.ts'

export type Inspection = {
  tables: MoveTable[]
  refusals: Refusal[]
}

/**
 * Looks whether this tenant's rows can move, and changes nothing. Names every reason at once: what the tables are, where both ends
 * differ, what the clusters do not offer, and rows of the tenant that the target holds already.
 */
export async function inspectMove(move: Move): Promise<Inspection> {
  checkMove(move)
  return atBoth(flowOf(move, 'out'), async (source, target) => {
    const [tables, others] = [await describeTables(source), await describeTables(target)]
    const refusals = [
      ...emptyRefusals(move, tables),
      ...tables.flatMap(tableRefusals),
      ...schemaRefusals(tables, others),
      ...sequenceRefusals(await readSequences(source), await readSequences(target)),
      ...(await serverRefusals(source, target, moveSchema(move))),
      ...(await largeObjects(source, move.source.database)),
    ]
    const common = others.filter(({ table }) => tables.some((one) => one.table === table)).filter(byUuid)
    return { tables, refusals: [...refusals, ...(await rowsInTheWay(target, move, common))] }
  })
}

/**
 * The same as far as the source alone says it: for a move whose target is still to be made. Throws `move.refused` with every reason.
 */
export async function inspectSource(move: Pick<Move, 'id' | 'tenantId' | 'source'>): Promise<void> {
  checkIds(move)
  const refusals = await atEnd(move.source, async (source) => {
    const tables = await describeTables(source)
    const [server] = await lookAtServer(source, moveSchema(move))
    return [
      ...emptyRefusals(move, tables),
      ...tables.flatMap(tableRefusals),
      ...lackingRefusals('source', server),
      ...(await largeObjects(source, move.source.database)),
    ]
  })
  refuse(refusals)
}

const emptyRefusals = (move: Pick<Move, 'source'>, tables: readonly MoveTable[]): Refusal[] =>
  tables.length === 0
    ? [{ rule: 'no-tables', object: move.source.database, message: 'no table carries tenant_id' }]
    : []

/** The tables of a move that nothing forbids. Throws `move.refused` with every reason. */
export async function movableTables(move: Move): Promise<MoveTable[]> {
  const { tables, refusals } = await inspectMove(move)
  refuse(refusals)
  return tables
}

function refuse(refusals: readonly Refusal[]): void {
  if (refusals.length === 0) return
  const [first] = refusals
  const more = refusals.length > 1 ? ` (and ${refusals.length - 1} more)` : ''
  throw moveProblems['move.refused']({
    detail: `${first?.object}: ${first?.message}${more}`,
    extra: { refusals },
  })
}

const byUuid = ({ columns }: MoveTable) => columns.some(({ name, type }) => name === 'tenant_id' && type === 'uuid')

type Server = { version: number; wal: string; encoding: string; collation: string; slots: number; used: number }
const lookAtServer = ({ run }: Statements, ours: string) =>
  run<Server>(
    'look at the server',
    `select current_setting('server_version_num')::int as version, current_setting('wal_level') as wal,
            pg_encoding_to_char(d.encoding) as encoding, concat_ws(' ', d.datlocprovider, d.datcollate, d.datctype) as collation,
            current_setting('max_replication_slots')::int as slots, (select count(*)::int from pg_replication_slots where not starts_with(slot_name, $1)) as used
       from pg_database d where d.datname = current_database()`,
    [ours],
  )

async function serverRefusals(source: Statements, target: Statements, ours: string): Promise<Refusal[]> {
  const ends = [
    ['source', (await lookAtServer(source, ours))[0]],
    ['target', (await lookAtServer(target, ours))[0]],
  ] as const
  const each = ends.flatMap(([end, server]) => lackingRefusals(end, server))
  const [[, one], [, other]] = ends
  const differs = (part: 'encoding' | 'collation') => one?.[part] !== other?.[part]
  return [
    ...each,
    ...(differs('encoding') ? [of('target', `encodings differ: ${one?.encoding}, ${other?.encoding}`)] : []),
    ...(differs('collation') ? [of('target', `collations differ: ${one?.collation}, ${other?.collation}`)] : []),
  ]
}

const of = (object: string, message: string): Refusal => ({ rule: 'server', object, message })
const lackingRefusals = (end: 'source' | 'target', server: Server | undefined): Refusal[] => [
  ...(server && server.version < 150_000 ? [of(end, 'PostgreSQL 15 or newer can filter rows')] : []),
  ...(server && server.wal !== 'logical' ? [of(end, `wal_level is ${server.wal}, not logical`)] : []),
  ...(server && server.used >= server.slots ? [of(end, `all ${server.slots} replication slots are taken`)] : []),
]

/** A large object belongs to no tenant and is not followed. */
async function largeObjects({ run }: Statements, database: string): Promise<Refusal[]> {
  const [found] = await run<{ n: number }>(
    'look for large objects',
    'select count(*)::int as n from pg_largeobject_metadata',
  )
  if (!found || found.n === 0) return []
  return [{ rule: 'large-objects', object: database, message: `${found.n} large objects, which belong to no tenant` }]
}

/** Rows that the target holds before a copy began; once one has, they are the copy's own. */
async function rowsInTheWay(target: Statements, move: Move, tables: readonly MoveTable[]): Promise<Refusal[]> {
  const subscribed = await target.run(
    'look for the subscription',
    'select 1 from pg_subscription where subname = any ($1)',
    [[flowOf(move, 'out').name, flowOf(move, 'back').name]],
  )
  if (subscribed.length > 0) return []
  const held: Refusal[] = []
  for (const { table } of tables) {
    const rows = await target.run(`look for rows in ${table}`, `select 1 from ${table} where tenant_id = $1 limit 1`, [
      move.tenantId,
    ])
    if (rows.length > 0)
      held.push({ rule: 'target-holds-rows', object: table, message: 'the target holds rows of this tenant' })
  }
  return held
}
