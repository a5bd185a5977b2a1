import { defineProblems } from '../../control-plane/domain/problem.ts'

export const problems = defineProblems({
  'tenant.not-published': {
    status: 409,
    retryable: false,
    title: 'The tenant is not served by its unit; provision it first',
  },
  'publication.unconfirmed': {
    status: 504,
    retryable: false,
    title: 'Not every pod of the unit has loaded the tenants file in time; check its pods and retry the operation',
  },
  'probe.unanswered': {
    status: 504,
    retryable: false,
    title: 'The address of the tenant does not answer as expected; check gateway and edge and retry the operation',
  },
  'unit.wrong-version': {
    status: 502,
    retryable: false,
    title: 'Not every pod of the unit serves the wanted version',
  },
  'unit.occupied': {
    status: 409,
    retryable: false,
    title: 'Tenants are placed in the unit; move or decommission them first',
  },
  'removal.incomplete': {
    status: 500,
    retryable: false,
    title: 'Something is left after the removal; remove what is named and retry the operation',
  },
})
