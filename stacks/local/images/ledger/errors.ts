import { defineProblems } from '../../../../control-plane/domain/problem.ts'

/** Every fault the ledger answers with; codes are stable, titles are for people. */
export const problems = defineProblems({
  'tenant.unknown': { status: 404, retryable: false, title: 'No tenant of this unit has that host name' },
  'tenant.suspended': { status: 403, retryable: false, title: 'This tenant is suspended' },
  'tenant.over-limit': { status: 429, retryable: true, title: 'Too many requests for this tenant: wait and repeat' },
  'tenant.over-connections': {
    status: 429,
    retryable: true,
    title: 'Its own requests hold all connections of this tenant',
  },
  'route.not-found': { status: 404, retryable: false, title: 'No such path' },
  'request.invalid': { status: 400, retryable: false, title: 'The request breaks a rule' },
  'request.malformed': { status: 400, retryable: false, title: 'The request cannot be read' },
  'request.too-large': { status: 413, retryable: false, title: 'The body is larger than 64 KiB' },
  'request.unsupported-media-type': { status: 415, retryable: false, title: 'Send the body as application/json' },
  'account.not-found': { status: 404, retryable: false, title: 'No such account' },
  'account.name-used': { status: 409, retryable: false, title: 'Another account has this name' },
  'entry.unknown-account': { status: 422, retryable: false, title: 'A posting names an account that does not exist' },
  'entry.unbalanced': { status: 422, retryable: false, title: 'The amounts of an entry must add up to zero' },
  'entry.mixed-currencies': { status: 422, retryable: false, title: 'All accounts of an entry must have one currency' },
  'entry.reference-used': { status: 409, retryable: false, title: 'Another entry has this reference' },
  'statement.timed-out': { status: 503, retryable: true, title: 'A statement took longer than this tenant may use' },
  'database.unavailable': { status: 503, retryable: true, title: 'The database cannot be reached: repeat in a moment' },
  'fault.planned': { status: 500, retryable: true, title: 'This release fails on purpose' },
  'internal.error': { status: 500, retryable: false, title: 'Something broke inside the ledger' },
})
