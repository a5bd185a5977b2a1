import { Problem } from '../../control-plane/domain/problem.ts'
import type { Move, MoveEnd } from '../../stacks/postgres/move/move.ts'
import type { ProductServer } from '../../stacks/postgres/product-server.ts'
import type { TenantRows } from '../../workflows/regions/tenant-rows.ts'

const problem = (code: string, title: string) => new Problem(code, { status: 409, retryable: false, title })
const nowhere = (): never => {
  throw new Error('a database in memory has no server')
}
const server: ProductServer = {
  address: { host: '127.0.0.1', port: 5432 },
  session: nowhere,
  hold: nowhere,
  close: async () => {},
}

/** One end of a move between databases in memory: its name is all there is. */
export const fakeEnd = (database: string): MoveEnd => ({ server, database, reach: server.address })

/** Databases with the ids of tenants that have rows there, fences by subject, and the writable side of each move. */
type Memory = {
  databases: Map<string, Set<string>>
  fences: Map<string, number>
  writable: Map<string, 'source' | 'target'>
}

/** Rows of tenants over memory, with the promises of the port: repeatable, fenced by epoch, one writable side. */
export function fakeTenantRows({ databases, fences, writable }: Memory): TenantRows {
  const raise = ({ id, epoch }: Move) => {
    if ((fences.get(`move:${id}`) ?? 0) > epoch)
      throw problem('effect.fenced', 'A newer operation has acted on the move')
    fences.set(`move:${id}`, epoch)
  }
  const rowsOf = ({ database }: MoveEnd): Set<string> => {
    const rows = databases.get(database)
    if (rows === undefined) throw problem('database.missing', `There is no database ${database}`)
    return rows
  }
  const copied = ({ id }: Move) => writable.has(id)
  return {
    inspect: async ({ target, tenantId }) => {
      if (rowsOf(target).has(tenantId)) throw problem('move.refused', 'The target holds rows of this tenant')
    },
    inspectSource: async ({ source }) => void rowsOf(source),
    async copy(move) {
      raise(move)
      if (copied(move)) return
      rowsOf(move.source)
      rowsOf(move.target).add(move.tenantId)
      writable.set(move.id, 'source')
    },
    progress: async (move) => ({ ready: copied(move), tables: 3, lagBytes: 0, errors: 0 }),
    compare: async (move) => raise(move),
    async handOver(move, { switchRoutes }) {
      raise(move)
      if (!copied(move)) throw problem('move.not-begun', 'No such move is under way')
      writable.set(move.id, 'target')
      await switchRoutes()
      return { freezeMs: 40, rowsCompared: 7 }
    },
    async verify(move) {
      raise(move)
      if (!copied(move)) throw problem('move.not-begun', 'No such move is under way')
      return { rowsVerified: 70, tables: 3 }
    },
    async retire(move) {
      raise(move)
      if (writable.get(move.id) === 'source') throw problem('move.not-handed-over', 'The source is writable')
      const erased = rowsOf(move.source).delete(move.tenantId)
      writable.delete(move.id)
      return { rowsErased: erased ? 70 : 0 }
    },
    async abort(move, { switchRoutes }) {
      raise(move)
      if (!copied(move)) return { rowsErased: 0 }
      writable.set(move.id, 'source')
      await switchRoutes()
      const erased = rowsOf(move.target).delete(move.tenantId)
      writable.delete(move.id)
      return { rowsErased: erased ? 70 : 0 }
    },
  }
}
