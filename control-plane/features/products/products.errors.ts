import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'product.not-found': { status: 404, retryable: false, title: 'No such product' },
  'product.name-taken': { status: 409, retryable: false, title: 'A product of this name is registered' },
  'product.version-taken': { status: 409, retryable: false, title: 'This version of the product is registered' },
  'product.chart-reserved': { status: 422, retryable: false, title: 'This chart is one of the plane itself' },
  'product.contract-unsupported': {
    status: 422,
    retryable: false,
    title: 'This plane does not operate products of this contract version',
  },
  'product.rollback-ahead': {
    status: 422,
    retryable: false,
    title: 'A version cannot forbid to go back to its own schema',
  },
  'product.schema-ambiguous': {
    status: 422,
    retryable: false,
    title: 'Two versions of one schema go back to different ones',
  },
})
