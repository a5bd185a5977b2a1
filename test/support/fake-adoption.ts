import type { KubernetesObject } from '../../stacks/kubernetes/objects.ts'
import { nameOf, refOf } from '../../stacks/kubernetes/objects.ts'
import type { Adoption } from '../../workflows/regions/hands.ts'
import { databaseFence, type World } from './fake-world.ts'

/** The one object of a namespace that is there before its unit. */
export const isHome = ({ kind }: Pick<KubernetesObject, 'kind'>): boolean => kind === 'instance'

/** Observes and takes over in memory; what is observed changes nothing. */
export function fakeAdoption(world: World): Adoption {
  const { found, databases, logins, inventories } = world
  const ownerOf = (database: string) => [...found.values()].find((one) => one.database === database)
  return {
    async observe({ namespace, parts }) {
      const home = found.get(namespace)
      const objects = parts
        .flatMap((part) => part.objects)
        .map((object) => ({
          object: nameOf(refOf(object)),
          action: isHome(object) ? ('adopt' as const) : ('create' as const),
          version: isHome(object) ? (home?.version ?? 'ours') : null,
          digest: 'rendered',
        }))
      return { objects, conflicts: home?.conflicts ?? [] }
    },
    async observeDatabase({ names }) {
      const owner = ownerOf(names.database)?.owner ?? null
      return { resources: [], parts: [{ part: `database ${names.database}`, version: owner }], conflicts: [], owner }
    },
    async describe({ database }) {
      const owner = ownerOf(database)?.owner
      if (owner === undefined || !databases.has(database)) return undefined
      return { owner, everybody: ['CONNECT'], schemaOwner: owner, everybodyInSchema: ['USAGE'] }
    },
    async takeDatabase({ names, limits, epoch }) {
      databaseFence(world, names.database, epoch)
      if (limits) logins.set(names.appRole, limits)
      const one = ownerOf(names.database)
      if (one) one.owner = names.ownerRole
    },
    async giveDatabaseBack({ names, epoch, found: before }) {
      databaseFence(world, names.database, epoch)
      logins.delete(names.appRole)
      const one = ownerOf(names.database)
      if (one) one.owner = before.owner
    },
    async keep(unitId) {
      for (const { unitId: whose, objects } of inventories.values())
        if (whose === unitId) for (const { metadata } of objects) found.delete(metadata.namespace ?? '')
    },
  }
}
