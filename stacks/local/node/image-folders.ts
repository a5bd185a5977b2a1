import { readdir, readFile, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { estateProblems } from '../estate.errors.ts'

/** A file of every image: one entry per tag. */
const TAGS = 'tags.json'

/** Tags of an image by its name, and where its sources are; null when none of the folders has such an image. */
export async function findImage(
  folders: readonly string[],
  name: string,
): Promise<{ source: string; tags: string[] } | null> {
  for (const folder of folders) {
    const source = join(folder, name)
    const text = await readFile(join(source, TAGS), 'utf8').catch(() => null)
    if (text !== null) return { source, tags: Object.keys(JSON.parse(text) as object) } // one entry per tag
  }
  return null
}

/** Names of all images in the folders, in order. */
export async function imageNames(folders: readonly string[]): Promise<string[]> {
  const entries = (await Promise.all(folders.map((folder) => readdir(folder, { withFileTypes: true })))).flat()
  return [...new Set(entries.filter((entry) => entry.isDirectory()).map(({ name }) => name))].toSorted()
}

/**
 * The folders with images of products that STEWARD_IMAGES names, separated as in PATH; relative ones lie in `root`. Throws
 * `configuration.invalid` with every one that is no folder.
 */
export async function configuredImages(configured: string | undefined, root: string): Promise<string[]> {
  const folders = (configured ?? '').split(delimiter).filter((folder) => folder !== '')
  const found = folders.map((folder) => (isAbsolute(folder) ? folder : resolve(root, folder)))
  const are = await Promise.all(
    found.map((folder) =>
      stat(folder).then(
        (seen) => seen.isDirectory(),
        () => false,
      ),
    ),
  )
  const missing = found.filter((_, n) => are[n] !== true)
  if (missing.length > 0)
    throw estateProblems['configuration.invalid']({
      detail: `STEWARD_IMAGES must be folders with images of products, and no folder is at ${missing.join(', ')}`,
    })
  return found
}
