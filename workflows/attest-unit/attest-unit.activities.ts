import { probeAccess, probeNamespace, probeValues } from '../../stacks/kubernetes/attestation/spaces.ts'
import type { ActivitiesOf, StepInput } from '../saga/saga.policy.ts'
import { link } from '../steps/link.ts'
import { findPlace, ownerOf, type Phase, type StepDeps } from '../steps/step-deps.ts'
import type { ATTEST_UNIT } from './attest-unit.policy.ts'

/** Steps that measure a unit's isolation. */
export const attestUnitActivities = (deps: StepDeps): ActivitiesOf<typeof ATTEST_UNIT> => ({
  prepareProbe: (input) => prepareProbe(deps, input),
  undoPrepareProbe: (input) => removeProbe(deps, input, 'undo'),
  runChecks: (input) => runChecks(deps, input),
  removeProbe: (input) => removeProbe(deps, input, 'do'),
})

/** The second tenant; in a cell, whose tenants have no access to the cluster, also the identity that the checks act as. */
async function prepareProbe(deps: StepDeps, input: StepInput): Promise<void> {
  const place = await findPlace(deps, input)
  const { unit, names, hands } = place
  const self = { id: unit.id, name: unit.name }
  const { namespace } = names
  const second = await hands.render({
    chart: 'instance',
    release: 'probe',
    namespace: probeNamespace(namespace),
    values: { ...probeValues(self, namespace), database: { port: hands.databases.address.port } },
  })
  const access = unit.kind === 'cell' ? probeAccess(self, namespace) : []
  await hands.cluster.applyOwned(ownerOf(input, place, 'probe', 'do'), [...second, ...access], link())
}

/** What was seen is signed in the transaction that ends the step: a repeat measures anew, and the first record counts. */
async function runChecks(deps: StepDeps, input: StepInput): Promise<void> {
  const { unit, names, hands } = await findPlace(deps, input)
  const image = `${unit.image}:${unit.version}`
  const checks = await hands.attest({ unitId: unit.id, namespace: names.namespace, image }, link())
  await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    await deps.recordIsolation(tx, { operationId: input.operationId, unit, checks })
  })
}

async function removeProbe(deps: StepDeps, input: StepInput, phase: Phase): Promise<void> {
  const place = await findPlace(deps, input)
  await place.hands.endAttestation({ namespace: place.names.namespace }, link())
  await place.hands.cluster.removeOwned(ownerOf(input, place, 'probe', phase), link())
}
