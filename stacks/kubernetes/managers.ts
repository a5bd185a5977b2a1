import { EPOCH_ANNOTATION, FIELD_MANAGER } from '../../control-plane/domain/naming.ts'
import { canonical, sha256 } from './canonical.ts'
import type { ObjectMeta } from './objects.ts'

type ManagedFields = { manager?: string; subresource?: string; fieldsV1?: Record<string, unknown> }
const managersOf = (meta: ObjectMeta): ManagedFields[] => (meta['managedFields'] as ManagedFields[] | undefined) ?? []

/** Whether some field of an object is there because we wrote it. */
export const isWrittenByUs = (meta: ObjectMeta): boolean =>
  managersOf(meta).some(({ manager }) => manager === FIELD_MANAGER)

/**
 * Changes with every write to what an object is to be, by whomever, and with its identity; not with what the cluster reports about
 * it: a quota counts its pods, and is the same quota.
 */
export function intentVersion(meta: ObjectMeta): string {
  const written = managersOf(meta).filter(({ subresource }) => subresource === undefined)
  return sha256(canonical([meta.uid ?? null, meta.deletionTimestamp ?? null, written])).slice(0, 16)
}

/** The epoch of the operation of ours that wrote it last; NaN where none did. */
export const epochOf = ({ annotations }: Pick<ObjectMeta, 'annotations'>): number =>
  Number(annotations?.[EPOCH_ANNOTATION] ?? Number.NaN)

/** Keys of an object's data that somebody else wrote, or would keep when we give them up. */
export function foreignDataKeys(meta: ObjectMeta): ReadonlySet<string> {
  const foreign = managersOf(meta).filter(
    ({ manager, subresource }) => manager !== FIELD_MANAGER && subresource === undefined,
  )
  const keys = foreign.flatMap(({ fieldsV1 }) => Object.keys((fieldsV1?.['f:data'] as object | undefined) ?? {}))
  return new Set(keys.filter((key) => key.startsWith('f:')).map((key) => key.slice(2)))
}
