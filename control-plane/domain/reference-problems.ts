import { defineProblems } from './problem.ts'

/** Faults in what a request refers to; cells and tenants answer with the same codes. */
export const referenceProblems = defineProblems({
  'plan.unknown': { status: 422, retryable: false, title: 'No such plan' },
  'region.unknown': { status: 422, retryable: false, title: 'No such region' },
  'slug.reserved': { status: 422, retryable: false, title: 'This name is reserved' },
  'product.unknown': { status: 422, retryable: false, title: 'No such product' },
  'product.not-in-plan': { status: 422, retryable: false, title: 'The plan is for another product' },
  'version.unknown': { status: 422, retryable: false, title: 'The product has no such version' },
})
