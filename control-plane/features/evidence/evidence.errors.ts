import { defineProblems } from '../../domain/problem.ts'

export const problems = defineProblems({
  'evidence.not-found': { status: 404, retryable: false, title: 'There is no such evidence' },
  'certificate.none': { status: 404, retryable: false, title: 'There is no certificate' },
  'unit.not-attestable': {
    status: 409,
    retryable: false,
    title: 'Only a unit that is active can be attested',
  },
  'unit.not-checkable': {
    status: 409,
    retryable: false,
    title: 'Only a unit that is active can be held against the contract',
  },
  'unit.other-product': { status: 409, retryable: false, title: 'The unit carries another product' },
})
