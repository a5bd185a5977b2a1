import type { Link } from '../../kubernetes/link.ts'
import { fenced, type Held } from '../fence.ts'
import type { ProductServer, Statements } from '../product-server.ts'
import { moveProblems } from './move.errors.ts'

/** How the other end's server reaches this one: parameters of libpq. `sslrootcert` is a path on the other server's machine. */
export type Reach = {
  host: string
  port: number
  sslmode?: 'disable' | 'require' | 'verify-ca' | 'verify-full'
  sslrootcert?: string
}
/** One of the two databases; `server` is its cluster as the administrator (a superuser) sees it. */
export type MoveEnd = { server: ProductServer; database: string; reach: Reach }
/** One tenant's way from a database to another one. Everything that a move makes is named after its id. */
export type Move = { id: string; tenantId: string; epoch: number; source: MoveEnd; target: MoveEnd }

/** `out`: from source to target, until the rows are handed over; `back`: the other way, from then on. Never both at once. */
export type Way = 'out' | 'back'
export type Flow = { from: MoveEnd; to: MoveEnd; name: string; way: Way }

export const NAME_PREFIX = 'steward_move_'
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The schema of a move's own tables in both databases; what is not in a database is named after it, too. */
export const moveSchema = ({ id }: Pick<Move, 'id'>): string => `${NAME_PREFIX}${id.replaceAll('-', '')}`

/** Publication, slot and login at `from`, subscription at `to`: all of one name. */
export const flowOf = (move: Move, way: Way): Flow => {
  const [from, to] = way === 'out' ? [move.source, move.target] : [move.target, move.source]
  return { from, to, way, name: `${moveSchema(move)}_${way}` }
}

/**
 * Runs a step of a move under its operation's epoch at both clusters, so that no step overlaps another one of the same move and none
 * that comes late does anything. Throws `move.invalid` and `effect.fenced`.
 */
export async function asStep<T>(move: Move, link: Link, work: (held: Held) => Promise<T>): Promise<T> {
  checkMove(move)
  const { epoch } = move
  const subject = (end: string) => `move:${move.id}:${end}` // both ends may be one cluster: two rows, or it would wait for itself
  return fenced(move.source.server, { subject: subject('source'), epoch }, link.signal, (heldSource) =>
    fenced(move.target.server, { subject: subject('target'), epoch }, link.signal, (heldTarget) =>
      work(() => {
        heldSource()
        heldTarget()
      }),
    ),
  )
}

/** Throws `move.invalid` for what could not be quoted or would move nothing; both go into names and filters. */
export function checkMove(move: Move): void {
  checkIds(move)
  if (place(move.source) === place(move.target))
    throw moveProblems['move.invalid']({ detail: 'source and target are the same database' })
}

/** The same of a move whose target is still to be made. */
export function checkIds({ id, tenantId }: Pick<Move, 'id' | 'tenantId'>): void {
  const named = UUID.test(id) ? (UUID.test(tenantId) ? undefined : 'a tenant') : 'a move'
  if (named !== undefined) throw moveProblems['move.invalid']({ detail: `the id of ${named} is a uuid in lower case` })
}

const place = ({ server: { address }, database }: MoveEnd) => `${address.host}:${address.port}/${database}`

/**
 * Lends a connection to one end. Names mean the catalogue's unless they say their schema, row-level security hides nothing silently,
 * and text of values is the same on every server: checksums and keys are made of it.
 */
export const atEnd = <T>(
  { server, database }: MoveEnd,
  work: (statements: Statements, lost: AbortSignal) => Promise<T>,
): Promise<T> =>
  server.session(database, async (statements, lost) => {
    await statements.run(
      'set up the session',
      `set search_path = pg_catalog; set row_security = off; set synchronous_commit = on; set lock_timeout = ${LOCK_TIMEOUT_MS};
       set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set timezone = 'UTC'; set extra_float_digits = 1;
       set bytea_output = 'hex'; set lc_monetary = 'C'; set xmloption = 'content'`,
    )
    return work(statements, lost)
  })
const LOCK_TIMEOUT_MS = 10_000

/** Lends a connection to each end. */
export const atBoth = <T>(
  { from, to }: Pick<Flow, 'from' | 'to'>,
  work: (from: Statements, to: Statements) => Promise<T>,
): Promise<T> => atEnd(from, (one) => atEnd(to, (other) => work(one, other)))
