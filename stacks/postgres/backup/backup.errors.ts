import { defineProblems } from '../../../control-plane/domain/problem.ts'

/** What stands between a database and a backup of it that restores. */
export const backupProblems = defineProblems({
  'backup.dump-failed': { status: 502, retryable: false, title: 'The database could not be dumped' },
  'backup.restore-failed': { status: 502, retryable: false, title: 'What was dumped could not be restored' },
  'backup.database-lost': {
    status: 503,
    retryable: true,
    title: 'The database went away while it was dumped or restored',
  },
  'backup.program-missing': {
    status: 409,
    retryable: false,
    title: 'The worker lacks a program of PostgreSQL’s; set STEWARD_POSTGRES_BIN, then retry the operation',
  },
})
