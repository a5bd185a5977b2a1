import type { Difference } from '../../control-plane/domain/drift.ts'
import type { ResourceDrift } from '../../stacks/dedicated/runner/stack-run.ts'

/** What the engine found of a stack's resources, as differences of the unit; all of a stack is its tenant's own. */
export const stackDifferences = (found: readonly ResourceDrift[], tenantId: string): Difference[] =>
  found.flatMap(({ resource, type, gone, fields, protected: kept }): Difference[] => {
    const about = { object: `${kindOf(type)} ${resource}`, tenantId, protected: kept }
    if (gone) return [{ ...about, what: 'missing', path: null, wanted: null, found: null }]
    return fields.map(({ name, wanted, found: seen }) => ({
      ...about,
      what: 'changed',
      path: name,
      wanted: textOf(wanted),
      found: textOf(seen),
    }))
  })

/** `PostgresCluster` of `steward:local:PostgresCluster`. */
const kindOf = (type: string): string => type.split(':').at(-1) ?? type

const textOf = (value: unknown): string | null => JSON.stringify(value) ?? null
