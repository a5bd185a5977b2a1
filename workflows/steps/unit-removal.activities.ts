import { scratchNames } from '../../stacks/postgres/scratch-names.ts'
import type { StepActivity } from '../saga/saga.policy.ts'
import { dropDatabase } from './drop-database.ts'
import { link } from './link.ts'
import { fenceOf, findPlace, ownerOf, type Part, type StepDeps } from './step-deps.ts'
import { refuseUnvacated } from './vacated.ts'
import { withdrawOwn } from './withdraw.ts'

/**
 * What a unit has beside its guardrails, and what a creation, an attestation or a check that was lost half-way has left of it: nobody
 * takes that back, and none of them runs beside a removal.
 */
const PARTS: readonly Part[] = ['workload', 'migration', 'probe', 'check']

/** Steps that remove a unit of any kind. Each finds nothing to do when it is asked again. */
export const unitRemovalActivities = (deps: StepDeps) =>
  ({
    async removeWorkload(input) {
      await refuseUnvacated(deps, input)
      await withdrawOwn(deps, input)
      const place = await findPlace(deps, input)
      for (const part of PARTS) await place.hands.cluster.removeOwned(ownerOf(input, place, part, 'do'), link())
    },
    async removeDatabase(input) {
      await refuseUnvacated(deps, input)
      const place = await findPlace(deps, input)
      const epoch = fenceOf(input, 'do')
      await dropDatabase(place, epoch)
      await place.hands.databases.drop({ names: scratchNames(place.names), epoch }, link()) // of a check that was lost
    },
    async removeNamespace(input) {
      await refuseUnvacated(deps, input)
      const place = await findPlace(deps, input)
      await place.hands.cluster.removeOwned(ownerOf(input, place, 'guardrails', 'do'), link())
    },
  }) satisfies Record<string, StepActivity>
