import { unitNames } from '../../control-plane/domain/naming.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import type { Stacks } from '../../workflows/regions/stacks.ts'
import { REGION_SETTINGS } from './region-settings.ts'
import type { World } from './fake-world.ts'

const fenced = (stack: string) =>
  new Problem('effect.fenced', { status: 409, retryable: false, title: `A newer operation has acted on ${stack}` })

const protectedOnes = (names: readonly string[]) =>
  new Problem(
    'stack.protected',
    { status: 409, retryable: false, title: 'Protected resources' },
    { detail: names.join(', ') },
  )

/** Stacks over memory. What was applied inside one is held by the region's world, and goes with it. */
export function fakeStacks(world: World): Stacks {
  const { stacks, inventories, secrets, tenantsFiles, databases, fences, logins, meddled } = world
  const placeOf = (stack: string) => `stack ${stack}`
  const raise = (stack: string, epoch: number) => {
    if ((fences.get(placeOf(stack)) ?? 0) > epoch) throw fenced(stack)
    fences.set(placeOf(stack), epoch)
  }
  const access = () => {
    const { kubeconfig, sweepKubeconfig, productDatabaseUrlFile, sweepDatabaseUrlFile, gatewayUrl, podNetwork } =
      REGION_SETTINGS
    return { kubeconfig, sweepKubeconfig, productDatabaseUrlFile, sweepDatabaseUrlFile, gatewayUrl, podNetwork }
  }
  return {
    async build({ stack, epoch }) {
      raise(stack, epoch)
      stacks.add(stack)
      return access()
    },
    async compare({ stack, epoch }) {
      raise(stack, epoch)
      return meddled.get(placeOf(stack)) ?? []
    },
    async repair({ stack, epoch }) {
      raise(stack, epoch)
      const lost = meddled.get(placeOf(stack))?.filter(({ what, protected: kept }) => what === 'missing' && kept)
      if (lost && lost.length > 0) throw protectedOnes(lost.map(({ object }) => object))
      meddled.delete(placeOf(stack))
      return access()
    },
    async destroy({ stack, epoch }) {
      raise(stack, epoch)
      stacks.delete(stack)
      const { namespace, database, appRole } = unitNames('stack', stack)
      for (const key of inventories.keys()) if (key.startsWith(`${stack}.`)) inventories.delete(key)
      for (const store of [secrets, tenantsFiles])
        for (const key of store.keys()) if (key.startsWith(`${namespace}/`)) store.delete(key)
      databases.delete(database)
      logins.delete(appRole)
    },
    leftovers: async ({ stack }) => (stacks.has(stack) ? [{ kind: 'stack', name: stack, where: 'region' }] : []),
  }
}
