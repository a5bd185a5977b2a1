import type { ObjectChange } from '../../control-plane/domain/change-plan.ts'
import { canonical, sha256 } from '../../stacks/kubernetes/canonical.ts'
import { jsonDifferences } from '../../stacks/kubernetes/field-differences.ts'
import { nameOf, refOf, type KubernetesObject } from '../../stacks/kubernetes/objects.ts'
import type { Previewed, WantedPart } from '../../stacks/kubernetes/preview.ts'
import type { World } from './fake-world.ts'

const nameIn = (object: KubernetesObject) => nameOf(refOf(object))

/** What applying would do to what is there; what somebody did to an object would be undone. */
export function fakePreview({ inventories, meddled }: World, { unit, unitId, parts, how }: Previewed): ObjectChange[] {
  const changesOf = (name: string) =>
    (meddled.get(unitId) ?? [])
      .filter(({ object }) => object === name)
      .map(({ path, wanted, found }) => ({ path: path ?? '', before: found, after: wanted }))
  const versionOf = (name: string) => (changesOf(name).length > 0 ? 'changed' : 'applied')
  const thereIn = ({ owner }: WantedPart) =>
    inventories.get(`${unit}.${owner.tenant ?? 'none'}.${owner.part}`)?.objects ?? []
  return parts.flatMap((part) => {
    const there = new Map(thereIn(part).map((object) => [nameIn(object), object]))
    const applied = part.objects.map((object): ObjectChange => {
      const [name, live] = [nameIn(object), there.get(nameIn(object))]
      const about = { object: name, digest: sha256(canonical(object)) }
      if (live === undefined) return { ...about, action: 'create', version: null, fields: [] }
      const differing = jsonDifferences(live, object).map(({ path, wanted, found }) => ({
        path: path ?? '',
        before: found,
        after: wanted,
      }))
      const fields = [...differing, ...changesOf(name)]
      return { ...about, action: fields.length > 0 ? 'update' : 'keep', version: versionOf(name), fields }
    })
    const wanted = new Set(part.objects.map(nameIn))
    const beyond = how === 'apply' ? [...there.keys()].filter((name) => !wanted.has(name)) : []
    return [
      ...applied,
      ...beyond.map((name) => ({
        object: name,
        action: 'delete' as const,
        version: versionOf(name),
        digest: null,
        fields: [],
      })),
    ]
  })
}
