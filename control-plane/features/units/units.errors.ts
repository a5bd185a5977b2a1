import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'unit.not-found': { status: 404, retryable: false, title: 'No such unit' },
  'cell.not-found': { status: 404, retryable: false, title: 'No such cell' },
  'cell.name-taken': { status: 409, retryable: false, title: 'A cell of this name exists or existed' },
  'cell.occupied': { status: 409, retryable: false, title: 'Tenants are placed in this cell' },
  'cell.state-forbids': { status: 409, retryable: false, title: 'The state of the cell forbids this' },
  'unit.state-forbids': { status: 409, retryable: false, title: 'The state of the unit forbids this' },
  'unit.tenant-moving': { status: 409, retryable: false, title: 'A tenant moves to or from the unit' },
  'unit.version-too-old': {
    status: 409,
    retryable: false,
    title: 'The version does not run on what the database of the unit has been through',
  },
})
