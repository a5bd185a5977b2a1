import tags from './tags.json' with { type: 'json' }

/** Replaced by the image build (esbuild `define`); absent when the sources run as they are. */
declare const STEWARD_IMAGE_TAG: string | undefined

export type Release = {
  tag: string
  version: string
  /** Files of `migrations/` that belong to this version, in order. */
  migrations: readonly string[]
  /** What this tag does wrong on purpose, for rehearsing bad releases. */
  faults: { errorShare: number; latencyMs: number }
}

type Entry = { version: string; migrations: string[]; faults?: Partial<Release['faults']> }
const catalogue: Readonly<Record<string, Entry>> = tags
export const IMAGE_TAGS: readonly string[] = Object.keys(catalogue)

/** The release behind an image tag. Throws on a tag that `tags.json` does not list. */
export function releaseOf(tag: string): Release {
  const entry = catalogue[tag]
  if (!entry) throw new Error(`tags.json lists no tag "${tag}"; it has ${IMAGE_TAGS.join(', ')}`)
  const { version, migrations, faults = {} } = entry
  return { tag, version, migrations, faults: { errorShare: 0, latencyMs: 0, ...faults } }
}

/** The tag this image was built as; sources run by hand take it from the environment, 1.0.0 by default. */
export const builtTag = (): string =>
  typeof STEWARD_IMAGE_TAG === 'string' ? STEWARD_IMAGE_TAG : (process.env['STEWARD_IMAGE_TAG'] ?? '1.0.0')

/** Entries carry the customer's own reference since 1.1.0. */
export const hasReferences = (release: Release): boolean =>
  release.migrations.includes('0002_entry_references.expand.sql')
