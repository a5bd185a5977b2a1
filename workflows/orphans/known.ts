import { claim, type Known } from '../../control-plane/domain/orphan.ts'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { sweepStore } from '../../control-plane/features/orphans/orphans.sweep-store.ts'
import type { Tx } from '../../control-plane/platform/database.ts'
import { scratchNames } from '../../stacks/postgres/scratch-names.ts'

/** Everything that the plane's rows account for, and what they remember of it that is no more. Units of all regions: parts may be shared. */
export async function readKnown(tx: Tx): Promise<Known> {
  const known = new Map<string, { label: string; alive: boolean }>()
  /** A name may be used again: what lives counts. */
  const add = (key: string, label: string, alive: boolean) => {
    if (alive || !known.has(key)) known.set(key, { label, alive })
  }
  for (const { id, kind, name, state, alive, given } of await sweepStore.units(tx)) {
    const label = `${kind} ${name} (${state})`
    const names = unitNames(kind, name, given)
    const sql = [names, scratchNames(names)].flatMap((one) => [one.database, one.ownerRole, one.appRole, one.copyRole])
    const keys = [claim.unit(id), claim.unitName(name), ...sql.map(claim.sql)]
    for (const key of [...keys, ...(kind === 'stack' ? [claim.stack(name)] : [])]) add(key, label, alive)
    add(claim.tenant(id), label, alive) // the second tenant of an attestation is nobody's, and goes by the unit's id
  }
  for (const { id, slug, state, alive } of await sweepStore.tenants(tx))
    add(claim.tenant(id), `tenant ${slug} (${state})`, alive)
  for (const { id, slug, state, alive } of await sweepStore.moves(tx))
    add(claim.move(id), `move of ${slug} (${state})`, alive)
  for (const { key } of await sweepStore.exportKeys(tx)) add(claim.export(key), `export ${key}`, true)
  return known
}
