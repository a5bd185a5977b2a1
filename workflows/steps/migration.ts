import { expandedBy } from '../../control-plane/domain/products.ts'
import type { StepInput } from '../saga/saga.policy.ts'
import { migrationChart, migrationName } from './chart-use.ts'
import { link } from './link.ts'
import { ownerOf, placeOf, type StepDeps, type UnitFacts } from './step-deps.ts'

/**
 * Runs the expand migrations of the unit's version. What they may do to the database is noted before they begin, because a run
 * that broke off may have got there. The Job's objects go when it has run: the next migration is another Job.
 */
export async function expandDatabase(deps: StepDeps, input: StepInput): Promise<void> {
  const place = await deps.database.transaction(async (tx) => {
    await deps.assertCurrent(tx, input)
    const found = await placeOf(deps, tx, input)
    const { schema, schemaFloor } = found.unit
    await deps.noteSchema(tx, input.unitId, { schema, floor: after(found.unit)?.floor ?? schemaFloor })
    return found
  })
  const { hands, names, unit } = place
  const owner = ownerOf(input, place, 'migration', 'do')
  await hands.cluster.applyOwned(owner, await hands.render(migrationChart(unit)), link())
  await hands.cluster.waitForJob({ namespace: names.namespace, name: migrationName(unit) }, link())
  await hands.cluster.removeOwned(owner, link())
  const reached = after(unit)
  if (reached) await deps.database.transaction((tx) => deps.noteSchema(tx, input.unitId, reached))
}

/** The database once the version has expanded it; undefined for a version that nobody registered. */
const after = ({ release, schema, schemaFloor }: UnitFacts) =>
  release === null ? undefined : expandedBy(release, { schema, floor: schemaFloor })
