import type { Difference } from '../../control-plane/domain/drift.ts'
import { renderTenantsFile, type TenantsFile } from '../../control-plane/domain/tenants-file.ts'
import { jsonDifferences } from './field-differences.ts'
import { nameOf, type ObjectRef } from './objects.ts'
import { TENANTS_KEY } from './tenants-file.ts'

type Entry = { id?: unknown; slug?: unknown }

/**
 * Where a live tenants file differs from the one that the records say, tenant by tenant. Of the revision only a higher or a lower one
 * counts, not how the file is written down. `text` undefined: the ConfigMap has no file.
 */
export function tenantsDifferences(ref: ObjectRef, text: string | undefined, wanted: TenantsFile): Difference[] {
  if (text === renderTenantsFile(wanted)) return []
  const changed = (
    path: string | null,
    of: { wanted: string | null; found: string | null },
    tenantId: string | null,
  ) => ({
    what: 'changed' as const,
    object: nameOf(ref),
    tenantId,
    path: `data["${TENANTS_KEY}"]${path ?? ''}`,
    ...of,
  })
  const found = parsed(text)
  if (found === undefined)
    return [
      changed(
        null,
        { wanted: `"revision ${wanted.revision}"`, found: text === undefined ? null : '"no tenants file"' },
        null,
      ),
    ]
  const ours = parsed(renderTenantsFile(wanted)) ?? {} // as a reader gets it
  const idOf = new Map(wanted.tenants.map(({ slug, id }) => [slug, id]))
  const head = jsonDifferences({ ...found, tenants: null }, { ...ours, tenants: null })
  const slugs = [...new Set([...bySlug(ours).keys(), ...bySlug(found).keys()])].toSorted()
  const tenants = slugs.flatMap((slug) =>
    jsonDifferences(bySlug(found).get(slug), bySlug(ours).get(slug), `.tenants[${slug}]`).map(({ path, ...of }) =>
      changed(path, of, idOf.get(slug) ?? null),
    ),
  )
  return [...head.map(({ path, ...of }) => changed(`.${path}`, of, null)), ...tenants]
}

function parsed(text: string | undefined): { tenants?: unknown } | undefined {
  try {
    const file: unknown = JSON.parse(text ?? '')
    return typeof file === 'object' && file !== null && !Array.isArray(file) ? file : undefined
  } catch {
    return undefined
  }
}

const bySlug = ({ tenants }: { tenants?: unknown }): Map<string, Entry> =>
  new Map((Array.isArray(tenants) ? (tenants as Entry[]) : []).map((entry) => [String(entry?.slug), entry]))
