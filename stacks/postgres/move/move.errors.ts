import { defineProblems } from '../../../control-plane/domain/problem.ts'

/** Everything that can go wrong when one tenant's rows move between two databases; beside what `databaseProblems` lists. */
export const moveProblems = defineProblems({
  'move.invalid': { status: 422, retryable: false, title: 'The move names an id, a tenant or a way that cannot be' },
  'move.refused': {
    status: 409,
    retryable: false,
    title: 'This tenant’s rows cannot be moved between these databases; `refusals` names each reason',
  },
  'move.not-begun': { status: 409, retryable: false, title: 'No such move is under way between these databases' },
  'move.not-ready': { status: 503, retryable: true, title: 'The copy is not complete or not caught up yet' },
  'move.not-handed-over': { status: 409, retryable: false, title: 'The rows have not been handed over to the target' },
  'move.aborting': { status: 409, retryable: false, title: 'This move is being taken back and goes nowhere else' },
  'move.retiring': {
    status: 409,
    retryable: false,
    title: 'The rows at the source are being erased already; there is no way back',
  },
  'move.writers-open': {
    status: 503,
    retryable: true,
    title: 'A transaction of this tenant stayed open longer than the freeze may wait; nothing has been frozen',
  },
  'move.freeze-too-long': {
    status: 503,
    retryable: true,
    title: 'The freeze took longer than it may and was given up; rows can be written again where they could before',
  },
  'move.stalled': {
    status: 503,
    retryable: true,
    title: 'What was written on one side has not arrived on the other in time',
  },
  'move.slot-lost': {
    status: 409,
    retryable: false,
    title: 'The replication slot is gone or has lost its log, so changes may be missing; take the move back',
  },
  'move.return-lost': {
    status: 409,
    retryable: false,
    title:
      'The log of the way back is gone: the tenant stays where it is served; retire the move, or move it anew after that',
  },
  'move.rows-differ': {
    status: 409,
    retryable: false,
    title: 'Rows differ between the two sides; `rows` names their keys',
  },
})
