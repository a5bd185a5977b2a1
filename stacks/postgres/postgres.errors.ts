import { isLostConnection } from '../../control-plane/domain/lost-connection.ts'
import { defineProblems, Problem } from '../../control-plane/domain/problem.ts'

/** Everything that can go wrong at a product database cluster. */
export const databaseProblems = defineProblems({
  'database.unreachable': {
    status: 503,
    retryable: true,
    title: 'The product database cluster does not answer; check that it runs',
  },
  'database.busy': { status: 503, retryable: true, title: 'The database is locked or full of connections just now' },
  'database.full': {
    status: 507,
    retryable: false,
    title: 'The product database cluster has no room left on its disk; make some, then retry the operation',
  },
  'database.refused': { status: 502, retryable: false, title: 'The product database cluster refused the statement' },
  'database.forbidden': {
    status: 502,
    retryable: false,
    title: 'The login lacks a right at the product database cluster; grant it',
  },
  'database.missing': { status: 404, retryable: false, title: 'The product database cluster has no such database' },
  'database.foreign': {
    status: 409,
    retryable: false,
    title: 'A database or role of this name belongs to somebody else; adopt or remove it by hand',
  },
  'export.large-objects': {
    status: 409,
    retryable: false,
    title: 'The shared database holds large objects, of which nothing says whose they are; nothing was begun',
  },
  'effect.fenced': { status: 409, retryable: false, title: 'A newer operation has already acted here' },
})

/** SQLSTATE classes and codes that pass by themselves: connection lost, server starting or stopping, failover. */
const GONE = /^(08|57P0)/
/** Too many connections, lock not available, deadlock, serialization, objects in use, statement cancelled. */
const BUSY = new Set(['53300', '53400', '55P03', '55006', '40P01', '40001', '57014'])

/**
 * The Problem for what a statement threw. Only the SQLSTATE, the server's one-line message and the names of constraint and
 * table are told: `detail` quotes values of rows and `where` quotes statements, which may hold personal data or secrets.
 */
export function databaseProblem(error: unknown, what: string): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const name = (key: 'table' | 'constraint') => {
    const value: unknown = error[key as keyof Error] // `pg` sets it on every error, undefined where it says nothing
    return typeof value === 'string' ? ` ${key} ${value}` : ''
  }
  const detail = `${what}: ${error.message}${code ? ` (${code})` : ''}${name('table')}${name('constraint')}`
  if (isLostConnection(error) || GONE.test(code) || isCutOff(error))
    return databaseProblems['database.unreachable']({ detail })
  if (code === '53100') return databaseProblems['database.full']({ detail })
  if (BUSY.has(code)) return databaseProblems['database.busy']({ detail })
  if (code === '3D000') return databaseProblems['database.missing']({ detail })
  if (code === '42501' || code.startsWith('28')) return databaseProblems['database.forbidden']({ detail })
  return code === '' ? error : databaseProblems['database.refused']({ detail })
}

/** What `pg` throws without a code when the connection ends under a statement. */
const isCutOff = (error: Error): boolean =>
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired)/.test(
    error.message,
  )
