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
  'adoption.unobserved': { status: 409, retryable: false, title: 'Nothing that was observed can be adopted' },
  'move.ended': { status: 409, retryable: false, title: 'The tenant has no move that has not ended' },
  'move.copy-failing': { status: 500, retryable: false, title: 'The rows cannot be copied' },
  'unit.not-active': { status: 409, retryable: false, title: 'This needs an active unit' },
  'release.unknown': { status: 422, retryable: false, title: 'The version is not registered' },
  'release.contract-unsupported': {
    status: 422,
    retryable: false,
    title: 'This plane does not operate products of this contract version',
  },
  'release.schema-too-old': {
    status: 409,
    retryable: false,
    title: 'The version does not run on what the database has been through',
  },
  'release.image-missing': {
    status: 422,
    retryable: false,
    title: 'The region has no image of this version; push it and retry the operation',
  },
  'release.image-not-allowed': {
    status: 422,
    retryable: false,
    title: 'Images of this repository may not run in units of this region',
  },
  'unit.occupied': {
    status: 409,
    retryable: false,
    title: 'Tenants are placed in the unit; move or decommission them first',
  },
  'region.no-export-store': {
    status: 409,
    retryable: false,
    title:
      'The region has no store for exports; name a folder (exportFolder) or a bucket (exportBucket) in the settings of the region',
  },
  'region.guardrails-missing': {
    status: 409,
    retryable: false,
    title:
      'The cluster of the region lacks guardrails; have its administrator apply charts/cluster-guardrails, then retry',
  },
  'plan.stale': {
    status: 409,
    retryable: false,
    title: 'Something has moved since the change was planned; retry the operation, which plans it again',
  },
  'unit.vacant': {
    status: 409,
    retryable: false,
    title: 'The unit has no tenant of its own to be planned for',
  },
  'backup.no-key': {
    status: 409,
    retryable: false,
    title:
      'Nothing says how the key of the stack is used; name keyTokenFile in the stackTarget of the region, then retry',
  },
  'backup.rows-differ': {
    status: 500,
    retryable: false,
    title: 'The backup does not hold what the database held, and is not kept',
  },
  'stack.not-built': {
    status: 409,
    retryable: false,
    title: 'The dedicated stack is not there: nothing can be done inside it',
  },
  'unit.still-drifts': {
    status: 500,
    retryable: false,
    title: 'Something still differs after the repair; make good what is named and retry the operation',
  },
  'decommission.residue': {
    status: 500,
    retryable: false,
    title:
      'Something is left of the tenant, so nothing is certified; remove what is named and ask for the removal again',
  },
  'removal.incomplete': {
    status: 500,
    retryable: false,
    title: 'Something is left after the removal; remove what is named and retry the operation',
  },
})
