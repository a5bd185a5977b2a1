import { ConfigError } from './config.ts'
import { withoutSecrets } from './logger.ts'

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const { code, address, port } = error as Error & { code?: unknown; address?: unknown; port?: unknown } // Node's system errors carry these
  if (code === 'EADDRINUSE')
    return `port ${String(port)} of ${String(address)} is in use: stop what listens there, or set another port`
  if (code === '28P01' || code === '28000') return `the database refuses the login: ${error.message}`
  if (code === 'ECONNREFUSED') return `nothing listens at ${String(address)}:${String(port)}: is the database up?`
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : ''
  return error.message === '' ? String(code) : error.message + cause
}

/** Ends a process that cannot start: says why on standard error without a secret, and exits 2 for a faulty configuration, else 1. */
export const refuse =
  (name: string) =>
  (error: unknown): never => {
    const errors: unknown[] = error instanceof AggregateError ? error.errors : [error]
    for (const each of errors) console.error(withoutSecrets(`${name} cannot start: ${reasonOf(each)}`))
    process.exit(error instanceof ConfigError ? 2 : 1)
  }
