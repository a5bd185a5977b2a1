import { randomBytes } from 'node:crypto'
import { Problem } from '../../control-plane/domain/problem.ts'
import { canonicalJson } from '../../control-plane/platform/json.ts'
import type { TenantKeys } from '../../control-plane/platform/tenant-keys.ts'
import { resourceName } from '../../stacks/dedicated/programs/local/resource-name.ts'
import type { World } from './fake-world.ts'

const problem = (code: string, retryable: boolean) => new Problem(code, { status: 503, retryable, title: code })

/** Keys of the stacks of a region in memory: each is there for as long as its stack is. */
export function fakeTenantKeys({ stacks, keys }: World): TenantKeys {
  const made = new Map<string, { name: string; context: string; plaintext: Buffer; generation: number }>()
  const assertThere = (name: string) => {
    if (stacks.unreachable === true) throw problem('tenant-key.unreachable', true)
    if (![...stacks.keys()].some((stack) => resourceName(stack, 'key') === name))
      throw problem('tenant-key.refused', false)
  }
  const wrap = (name: string, context: string, plaintext: Buffer) => {
    const generation = keys.get(name)?.newest ?? 1
    const wrapped = `wrapped-${made.size}`
    made.set(wrapped, { name, context, plaintext, generation })
    return { wrapped, generation }
  }
  const unwrap: TenantKeys['unwrap'] = async ({ name }, wrapped, context) => {
    assertThere(name)
    const found = made.get(wrapped)
    const ended = found && keys.get(name)?.ended.has(found.generation)
    if (found?.name !== name || found.context !== canonicalJson(context) || ended)
      throw problem('tenant-key.refused', false)
    return found.plaintext
  }
  return {
    async make({ name }, context) {
      assertThere(name)
      const plaintext = randomBytes(32)
      return { plaintext, ...wrap(name, canonicalJson(context), plaintext) }
    },
    unwrap,
    rewrap: async (at, wrapped, context) => wrap(at.name, canonicalJson(context), await unwrap(at, wrapped, context)),
  }
}
