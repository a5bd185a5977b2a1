import { unitNames } from '../../control-plane/domain/naming.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import type { Approved, StackOrder, Stacks } from '../../workflows/regions/stacks.ts'
import { REGION_SETTINGS } from './region-settings.ts'
import { resourceName } from '../../stacks/dedicated/programs/local/resource-name.ts'
import type { World } from './fake-world.ts'

const fenced = (stack: string) =>
  new Problem('effect.fenced', { status: 409, retryable: false, title: `A newer operation has acted on ${stack}` })

const protectedOnes = (names: readonly string[]) =>
  new Problem(
    'stack.protected',
    { status: 409, retryable: false, title: 'Protected resources' },
    { detail: names.join(', ') },
  )

const unreachable = (stack: string) =>
  new Problem('target.unreachable', {
    status: 502,
    retryable: true,
    title: `What ${stack} is built of does not answer`,
  })

const stale = (stack: string) =>
  new Problem('plan.stale', { status: 409, retryable: false, title: `${stack} is not as it was previewed` })

type Wanted = Pick<StackOrder, 'stack' | 'connections' | 'plan' | 'keyGeneration'>

/** Stacks over memory. What was applied inside one is held by the region's world, and goes with it. */
export function fakeStacks(world: World): Stacks {
  const { stacks, keys, backups, inventories, secrets, tenantsFiles, databases, fences, logins, meddled } = world
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
  const partOf = (stack: string, version: string | null) => ({ part: `cluster ${stack}`, version })
  const sizeOf = ({ plan, connections, keyGeneration }: Wanted) =>
    keyGeneration === 1 ? `${plan} ${connections}` : `${plan} ${connections} key ${keyGeneration}`
  const hashOf = ({ stack, ...subject }: Wanted, change: 'build' | 'destroy') =>
    `${stack} ${change} ${stacks.get(stack) ?? 'none'}${change === 'build' ? ` ${sizeOf({ stack, ...subject })}` : ''}${stacks.moved === stack ? ' moved' : ''}`
  /** Begun once, the same operation goes on. */
  const begun = new Map<string, string>()
  const refuseStale = (subject: Wanted, change: 'build' | 'destroy', approved: Approved | null, epoch: number) => {
    if (approved === null || begun.get(subject.stack) === `${epoch} ${approved.engineHash}`) return
    if (hashOf(subject, change) !== approved.engineHash) throw stale(subject.stack)
    begun.set(subject.stack, `${epoch} ${approved.engineHash}`)
  }
  return {
    async preview(subject, change) {
      const { stack } = subject
      if (stacks.unreachable === true) throw unreachable(stack)
      const size = stacks.get(stack)
      const wanted = change === 'build' ? sizeOf(subject) : null
      const resized = stacks.replaces === stack ? 'replace' : 'update'
      const action = wanted === null ? 'delete' : size === undefined ? 'create' : resized
      const changed = size === undefined || wanted === null ? [] : ['size']
      const replacedFor = action === 'replace' ? changed : []
      const kept = { resource: `${stack}-db`, kind: 'PostgresCluster', protected: true, changed, replacedFor }
      return {
        resources: size === (wanted ?? undefined) ? [] : [{ ...kept, action, wanted }],
        engineHash: hashOf(subject, change),
        serial: String(size),
        parts: [partOf(stack, size === undefined ? null : stack)],
      }
    },
    parts: async ({ stack }) => [partOf(stack, stacks.has(stack) ? stack : null)],
    async build({ epoch, ...subject }, approved) {
      const { stack } = subject
      raise(stack, epoch)
      refuseStale(subject, 'build', approved, epoch)
      const resized = stacks.has(stack) && stacks.get(stack) !== sizeOf(subject)
      if (resized && stacks.replaces === stack && approved?.release.includes(`${stack}-db`) !== true)
        throw protectedOnes([`${stack}-db`])
      stacks.set(stack, sizeOf(subject))
      const key = resourceName(stack, 'key')
      const { newest = 1, ended = new Set<number>() } = keys.get(key) ?? {}
      keys.set(key, { newest: Math.max(newest, subject.keyGeneration), ended })
      return access()
    },
    async compare({ stack, epoch }) {
      if (epoch !== null) raise(stack, epoch)
      return meddled.get(placeOf(stack)) ?? []
    },
    async repair({ stack, epoch }) {
      raise(stack, epoch)
      const lost = meddled.get(placeOf(stack))?.filter(({ what, protected: kept }) => what === 'missing' && kept)
      if (lost && lost.length > 0) throw protectedOnes(lost.map(({ object }) => object))
      meddled.delete(placeOf(stack))
      return access()
    },
    async destroy({ epoch, ...subject }, approved) {
      const { stack } = subject
      raise(stack, epoch)
      refuseStale(subject, 'destroy', approved, epoch)
      stacks.delete(stack)
      keys.delete(resourceName(stack, 'key'))
      for (const name of backups.keys()) if (name.startsWith(`${stack}/`)) backups.delete(name)
      const { namespace, database, appRole } = unitNames('stack', stack)
      for (const key of inventories.keys()) if (key.startsWith(`${stack}.`)) inventories.delete(key)
      for (const store of [secrets, tenantsFiles])
        for (const key of store.keys()) if (key.startsWith(`${namespace}/`)) store.delete(key)
      databases.delete(database)
      logins.delete(appRole)
    },
    async leftovers({ stack }, _link, tally) {
      tally?.('stacks of the region', stacks.size)
      return stacks.has(stack) ? [{ kind: 'stack', name: stack, where: 'region' }] : []
    },
  }
}
