import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'orphan.not-found': { status: 404, retryable: false, title: 'No such orphan' },
  'orphan.gone': { status: 409, retryable: false, title: 'It is gone: there is nothing left to keep' },
})
