import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'export.not-found': { status: 404, retryable: false, title: 'No such export' },
  'export.deleted': { status: 410, retryable: false, title: 'The export was deleted when its time was over' },
  'export.unreadable': {
    status: 500,
    retryable: false,
    title: 'The key of the export cannot be opened: STEWARD_SEALING_KEY is another, or the tenant’s own key is nowhere',
  },
})
