import type { ErrorObject } from 'ajv'
import { Problem } from '../domain/problem.ts'
import { problems } from './problems.ts'
import { fieldFaults } from './validation.ts'

/** SQLSTATEs that say "not now" (PostgreSQL, appendix A): lock and statement time-outs, serialization, deadlock, no room on the disk, no connection left, shutting down. */
const NOT_NOW = new Set([
  '55P03',
  '57014',
  '40001',
  '40P01',
  '53100',
  '53300',
  '57P01',
  '57P02',
  '57P03',
  '08006',
  '08001',
  '08003',
])
/** The same from the socket: PostgreSQL or Temporal is away. */
const AWAY = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH'])

const member = (error: unknown, name: string): unknown =>
  typeof error === 'object' && error !== null && name in error ? (error as Record<string, unknown>)[name] : undefined // looked up by name on something unknown

/** The problem that stands for whatever was thrown. What nobody foresaw is `internal.error`, with the error as its cause. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const validation = member(error, 'validation')
  if (Array.isArray(validation)) {
    const context = member(error, 'validationContext')
    const fields = fieldFaults(validation as ErrorObject[], typeof context === 'string' ? context : undefined) // Fastify passes on what AJV gave
    return problems['request.invalid']({ detail: 'See errors for each field and its rule', fields })
  }
  const code = member(error, 'code')
  if (typeof code !== 'string') return unreadable(error) ?? problems['internal.error']({ cause: error })
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return problems['request.too-large']({ detail: 'Send less than 64 KiB' })
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return problems['request.unsupported-media-type']({ detail: 'Send JSON with content-type: application/json' })
  }
  if (NOT_NOW.has(code) || AWAY.has(code)) return problems['plane.unavailable']({ cause: error })
  return unreadable(error) ?? problems['internal.error']({ cause: error })
}

/** What Fastify or its JSON parser could not read: their messages quote the input, so they are not passed on. */
function unreadable(error: unknown): Problem | undefined {
  const status = member(error, 'statusCode')
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined
  const code = member(error, 'code')
  return problems['request.malformed']({ detail: DETAILS[String(code)] ?? 'It breaks HTTP as this server speaks it' })
}

const NOT_JSON = 'The body is not valid JSON (RFC 8259)'
const DETAILS: Readonly<Record<string, string>> = {
  undefined: NOT_JSON, // the parser's own SyntaxError has no code
  FST_ERR_CTP_INVALID_JSON_BODY: NOT_JSON,
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty: send JSON, or leave out the content-type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as content-length says',
  FST_ERR_BAD_URL: 'The path is not valid percent-encoding',
}
