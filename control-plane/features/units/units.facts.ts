import { unitNames } from '../../domain/naming.ts'
import { settingsOf, type RegionSettings } from '../../domain/region-settings.ts'
import { referenceProblems } from '../../domain/reference-problems.ts'
import type { Tx } from '../../platform/database.ts'
import { problems } from './units.errors.ts'
import { unitsStore } from './units.store.ts'

export type UnitFacts = NonNullable<Awaited<ReturnType<typeof unitsStore.facts>>>
export type RegionFacts = { name: string; target: string; domain: string; settings: RegionSettings }

/** What workflows know of a unit; `occupants` are its tenants that are not decommissioned. Throws `unit.not-found`. */
export async function unitFacts(tx: Tx, unitId: string): Promise<UnitFacts> {
  const facts = await unitsStore.facts(tx, unitId)
  if (facts === undefined) throw problems['unit.not-found']({ detail: `No unit has the id ${unitId}` })
  return facts
}

/** Where a region's parts are. Throws `region.unknown`. */
export async function regionFacts(tx: Tx, name: string): Promise<RegionFacts> {
  const facts = await unitsStore.regionFacts(tx, name)
  if (facts === undefined) throw referenceProblems['region.unknown']({ detail: `No region is called ${name}` })
  return { ...facts, settings: facts.settings as RegionSettings } // validated where regions are written
}

/** Where a unit's parts are: the region's, a stack's own in their place; and its namespace there. Throws `unit.not-found`. */
export async function unitPlace(tx: Tx, unitId: string): Promise<{ settings: RegionSettings; namespace: string }> {
  const { region, access, kind, name, given } = await unitFacts(tx, unitId)
  const settings = settingsOf((await regionFacts(tx, region)).settings, access)
  return { settings, namespace: unitNames(kind, name, given).namespace }
}
