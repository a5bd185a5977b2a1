import { DIFFERS, HIDDEN, type Difference } from '../../control-plane/domain/drift.ts'
import { canonical } from './canonical.ts'
import type { KubernetesObject } from './objects.ts'

type Field = Pick<Difference, 'path' | 'wanted' | 'found'>
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Whether an object holds everything that was applied, as far as plain comparison can tell: fields that the server or others added
 * do not matter. `false` is only a suspicion, because the server writes some values in another way than they were given.
 */
export function holds(live: unknown, applied: unknown): boolean {
  if (isMap(applied)) return isMap(live) && Object.entries(applied).every(([key, value]) => holds(live[key], value))
  if (Array.isArray(applied))
    return (
      Array.isArray(live) &&
      live.length === applied.length &&
      applied.every((value, index) => holds(live[index], value))
    )
  return live === applied
}

/** What the server keeps for itself, or counts up with every write. */
const OWN_METADATA: ReadonlySet<string> = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
])
const comparable = ({ metadata, status: _status, ...object }: KubernetesObject) => ({
  ...object,
  metadata: Object.fromEntries(Object.entries(metadata).filter(([key]) => !OWN_METADATA.has(key))),
})

/** The fields in which an object differs from what applying it again would make of it. */
export function fieldDifferences(live: KubernetesObject, wanted: KubernetesObject): Field[] {
  const hide = live.kind === 'Secret'
  return jsonDifferences(comparable(live), comparable(wanted)).map(({ path, wanted: text, found }) => ({
    path,
    wanted: hide && text !== null ? HIDDEN : text,
    found: hide && found !== null ? DIFFERS : found,
  }))
}

/** The places in which a value differs from another, each as far down as both have the same shape. */
export function jsonDifferences(found: unknown, wanted: unknown, path = ''): Field[] {
  if (canonical(found ?? null) === canonical(wanted ?? null)) return []
  if (isMap(found) && isMap(wanted)) {
    const keys = [...new Set([...Object.keys(found), ...Object.keys(wanted)])].toSorted()
    return keys.flatMap((key) => jsonDifferences(found[key], wanted[key], `${path}${step(key, path)}`))
  }
  if (Array.isArray(found) && Array.isArray(wanted) && found.length === wanted.length)
    return wanted.flatMap((value, index) => jsonDifferences(found[index], value, `${path}[${index}]`))
  return [{ path, wanted: textOf(wanted), found: textOf(found) }]
}

const step = (key: string, path: string): string =>
  /^[A-Za-z0-9_-]+$/.test(key) ? `${path === '' ? '' : '.'}${key}` : `[${JSON.stringify(key)}]`
const textOf = (value: unknown): string | null => (value === undefined ? null : canonical(value))
