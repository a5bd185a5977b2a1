import type { FacetRefusal } from '../../domain/facets.ts'
import { defineProblems } from '../../domain/problem.ts'

const facets = defineProblems<FacetRefusal>({
  'plan.facet-unenforceable': {
    status: 409,
    retryable: false,
    title: 'The region cannot enforce what the plan promises',
  },
  'plan.facet-required': { status: 409, retryable: false, title: 'The plan leaves out what every instance needs' },
})

export const problems = {
  ...facets,
  ...defineProblems({
    'tenant.not-found': { status: 404, retryable: false, title: 'No such tenant' },
    'tenant.slug-taken': { status: 409, retryable: false, title: 'A tenant of this slug exists or existed' },
    'tenant.id-taken': { status: 409, retryable: false, title: 'A tenant of this id exists or existed' },
    'adoption.not-offered': { status: 409, retryable: false, title: 'The plan cannot be adopted into' },
    'adoption.reserved': { status: 409, retryable: false, title: 'Nobody adopts what has this name' },
    'adoption.taken': { status: 409, retryable: false, title: 'Another unit has this namespace or database' },
    'move.same-placement': { status: 409, retryable: false, title: 'The plan has the isolation that the tenant has' },
    'move.open': { status: 409, retryable: false, title: 'The tenant has a move that has not ended' },
    'tenant.move-required': { status: 409, retryable: false, title: 'Another isolation needs a move' },
    'tenant.state-forbids': { status: 409, retryable: false, title: 'The state of the tenant forbids this' },
    'unit.name-taken': { status: 409, retryable: false, title: 'A unit of this name exists or existed' },
    'region.not-in-plan': { status: 409, retryable: false, title: 'The plan is not offered in this region' },
    'region.no-export-store': {
      status: 409,
      retryable: false,
      title:
        'The region has no store for exports; name a folder (exportFolder) or a bucket (exportBucket) in the settings of the region',
    },
    'limits.out-of-bounds': { status: 422, retryable: false, title: 'An override is out of bounds' },
    'trial.none': { status: 409, retryable: false, title: 'The tenant is on no trial' },
    'trial.new-tenants-only': { status: 409, retryable: false, title: 'A trial is for new tenants' },
    'region.builds-no-stacks': { status: 409, retryable: false, title: 'The region builds no dedicated stacks' },
    'placement.full': { status: 409, retryable: false, title: 'Nothing has room' },
  }),
}
