import { unitNames } from '../../control-plane/domain/naming.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import type { Stacks } from '../../workflows/regions/stacks.ts'
import { REGION_SETTINGS } from './region-settings.ts'
import type { World } from './fake-world.ts'

const fenced = (stack: string) =>
  new Problem('effect.fenced', { status: 409, retryable: false, title: `A newer operation has acted on ${stack}` })

/** Stacks over memory. What was applied inside one is held by the region's world, and goes with it. */
export function fakeStacks({ stacks, inventories, secrets, tenantsFiles, databases, fences, logins }: World): Stacks {
  const raise = (stack: string, epoch: number) => {
    const key = `stack ${stack}`
    if ((fences.get(key) ?? 0) > epoch) throw fenced(stack)
    fences.set(key, epoch)
  }
  return {
    async build({ stack, epoch }) {
      raise(stack, epoch)
      stacks.add(stack)
      const { kubeconfig, sweepKubeconfig, productDatabaseUrlFile, sweepDatabaseUrlFile, gatewayUrl, podNetwork } =
        REGION_SETTINGS
      return { kubeconfig, sweepKubeconfig, productDatabaseUrlFile, sweepDatabaseUrlFile, gatewayUrl, podNetwork }
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
