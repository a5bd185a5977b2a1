import { randomBytes } from 'node:crypto'
import { Problem } from '../../control-plane/domain/problem.ts'
import { canonicalJson } from '../../control-plane/platform/json.ts'
import type { TenantKeys } from '../../control-plane/platform/tenant-keys.ts'
import { resourceName } from '../../stacks/dedicated/programs/local/resource-name.ts'
import type { World } from './fake-world.ts'

const problem = (code: string, retryable: boolean) => new Problem(code, { status: 503, retryable, title: code })

/** Keys of the stacks of a region in memory: each is there for as long as its stack is. */
export function fakeTenantKeys({ stacks }: World): TenantKeys {
  const made = new Map<string, { name: string; context: string; plaintext: Buffer }>()
  const assertThere = (name: string) => {
    if (stacks.unreachable === true) throw problem('tenant-key.unreachable', true)
    if (![...stacks.keys()].some((stack) => resourceName(stack, 'key') === name))
      throw problem('tenant-key.refused', false)
  }
  return {
    async make({ name }, context) {
      assertThere(name)
      const [wrapped, plaintext] = [`wrapped-${made.size}`, randomBytes(32)]
      made.set(wrapped, { name, context: canonicalJson(context), plaintext })
      return { plaintext, wrapped }
    },
    async unwrap({ name }, wrapped, context) {
      assertThere(name)
      const found = made.get(wrapped)
      if (found?.name !== name || found.context !== canonicalJson(context)) throw problem('tenant-key.refused', false)
      return found.plaintext
    },
  }
}
