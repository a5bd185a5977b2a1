import type { Fleet } from '../daemon/fleet.ts'
import { estateProblems } from '../estate.errors.ts'
import type { EstateContext } from '../servers/context.ts'
import { createLife, type Life } from './resource-life.ts'
import type { AnyKind } from './resource-kind.ts'
import { allocatePorts } from './resource-ports.ts'
import { readResources, writeResource, type ResourceRecord } from './resource-record.ts'

export type ResourcesOptions = { context: EstateContext; fleet: Pick<Fleet, 'add'>; kinds: readonly AnyKind[] }
export type Lives = ReturnType<typeof createLives>

/** The lives of all resources of an estate, by kind and name. */
export function createLives({ context, fleet, kinds }: ResourcesOptions) {
  const { log, paths, record: estate } = context
  const lives = new Map<string, Life>()
  const keyOf = ({ kind, name }: Pick<ResourceRecord, 'kind' | 'name'>): string => `${kind}/${name}`
  const takenPorts = () => [...lives.values()].flatMap((life) => Object.values(life.record().ports))
  const adopt = (kind: AnyKind, record: ResourceRecord): Life => {
    const key = keyOf(record)
    const life = createLife(kind, record, { context, fleet, onGone: () => void lives.delete(key) })
    lives.set(key, life)
    return life
  }
  /** Fails with `resource.kind-unknown`. */
  const kindOf = (name: string): AnyKind => {
    const found = kinds.find(({ kind }) => kind === name)
    if (found) return found
    const detail = `this estate offers no ${name}; there are ${kinds.map(({ kind }) => kind).join(', ')}`
    throw estateProblems['resource.kind-unknown']({ detail })
  }
  return {
    kindOf,
    all: () => [...lives.values()],
    find: (kind: string, name: string): Life | undefined => lives.get(keyOf({ kind: kindOf(kind).kind, name })),
    /** Takes in what the records say. A record that cannot be read, or of a kind that is not offered, is left as it is. */
    async load(): Promise<void> {
      const { records, unreadable } = await readResources(paths.resources)
      for (const folder of unreadable) log.error({ event: 'resource.unreadable', folder }, 'a record cannot be read')
      const remembered = records.flatMap(({ ports }) => Object.values(ports))
      for (const record of records) {
        const { kind: named, name } = record
        const kind = kinds.find((one) => one.kind === named)
        if (!kind) {
          log.error({ event: 'resource.kind-unknown', kind: named, name }, 'a resource of a kind that is not offered')
          continue
        }
        const missing = kind.ports.filter((port) => record.ports[port] === undefined)
        const more = await allocatePorts(estate.portBase, missing, new Set([...takenPorts(), ...remembered]))
        adopt(kind, { ...record, ports: { ...record.ports, ...more } })
      }
    },
    /** A new one: remembered first, then made. Fails with `resource.ports-exhausted`. */
    async create(kind: AnyKind, name: string, inputs: unknown, owner: string | undefined): Promise<Life> {
      const ports = await allocatePorts(estate.portBase, kind.ports, new Set(takenPorts()))
      const createdAt = new Date().toISOString()
      const record: ResourceRecord = {
        layout: 1,
        kind: kind.kind,
        name,
        inputs,
        ports,
        ...(owner === undefined ? {} : { owner }),
        deleting: false,
        createdAt,
      }
      await writeResource(paths.resources, record)
      const life = adopt(kind, record)
      life.make()
      return life
    },
  }
}
