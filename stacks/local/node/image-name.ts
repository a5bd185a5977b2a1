import { ConfigError } from './pod-types.ts'

export type ImageName = { name: string; tag: string; digest: string | null }

/**
 * Reads an image reference: the last path segment names a folder, `latest` is the tag when none is given. Throws a
 * `ConfigError` for what could leave the images folder.
 */
export function parseImage(reference: string): ImageName {
  const [plain = '', digest = null] = reference.split('@', 2)
  const last = plain.slice(plain.lastIndexOf('/') + 1)
  const [name = '', tag = 'latest'] = last.split(':', 2)
  const valid =
    !reference.includes('..') && /^[a-z0-9][a-z0-9._-]*$/.test(name) && /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(tag)
  if (!valid) throw new ConfigError(`image ${reference} is not a valid reference, for example ledger:1.0.0`)
  return { name, tag, digest }
}
