import { createHash } from 'node:crypto'
import { chmod, cp, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { findImage } from './image-folders.ts'
import { type ImageName, parseImage } from './image-name.ts'
import { ConfigError } from './pod-types.ts'

/** A built image: where it is, what is run, and the digest of everything in it. */
export type Image = { folder: string; main: string; id: string }
export type ImageStore = ReturnType<typeof createImageStore>

const MAIN = 'main.mjs'
/** Stays in the source folder: code is in the bundle, documentation is no part of an image. */
const NOT_COPIED = /\.(ts|md)$|^node_modules$|^fixtures$/

/**
 * Builds images from `<name>/` in the first of the folders that has it: `main.ts` and what it imports become one bundle per tag of `tags.json`, other files
 * (migrations) are copied beside it. Built once per process and tag; the digest is over the content, so the same source has
 * the same id everywhere. The identifier `STEWARD_IMAGE_TAG` is the tag inside the bundle.
 */
export function createImageStore({ images, home }: { images: readonly string[]; home: string }) {
  const built = new Map<string, Promise<Image>>()
  let queue: Promise<unknown> = Promise.resolve() // one build at a time: ending one would end the bundler under another
  return {
    /** The image of a reference. Rejects with a `ConfigError` when there is no such image or tag, or it does not build. */
    pull(reference: string): Promise<Image> {
      const known = built.get(reference)
      if (known) return known
      const image = queue.then(() => build(reference))
      queue = image.catch(() => undefined)
      built.set(reference, image)
      image.catch(() => built.delete(reference)) // a tag may be added later: the next attempt looks again
      return image
    },
  }

  async function build(reference: string): Promise<Image> {
    const image = parseImage(reference)
    const source = await sourceOf(images, image)
    const parent = join(home, 'images', image.name)
    await mkdir(parent, { recursive: true })
    for (const path of [join(home, 'images'), parent]) await chmod(path, 0o755)
    const folder = join(parent, image.tag)
    const next = `${folder}.next`
    await rm(next, { recursive: true, force: true })
    await cp(source, next, { recursive: true, filter: (from) => from === source || !NOT_COPIED.test(basename(from)) })
    await bundle(join(source, 'main.ts'), join(next, MAIN), image.tag)
    await openToPods(next)
    const id = `${image.name}@sha256:${await digestOf(next)}`
    if (image.digest && !id.endsWith(`@${image.digest}`))
      throw new ConfigError(`image ${reference}: the content is ${id}`)
    await rm(folder, { recursive: true, force: true })
    await rename(next, folder)
    return { folder, main: join(folder, MAIN), id }
  }
}

/** Whether there is an image of this reference to build. */
export async function hasImage(images: readonly string[], reference: string): Promise<boolean> {
  const { name, tag } = parseImage(reference)
  return (await findImage(images, name))?.tags.includes(tag) ?? false
}

async function sourceOf(images: readonly string[], { name, tag }: ImageName): Promise<string> {
  const found = await findImage(images, name)
  if (found === null) throw new ConfigError(`no image is called ${name}`)
  const { source, tags } = found
  if (!tags.includes(tag)) throw new ConfigError(`image ${name} has no tag ${tag}; it has ${tags.join(', ')}`)
  return source
}

async function bundle(entry: string, outfile: string, tag: string): Promise<void> {
  // Loaded and ended with each build: its service process would hold 20 MB for nothing.
  const esbuild = await import('esbuild')
  try {
    await esbuild.build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      logLevel: 'silent',
      // Libraries in CommonJS call `require`, which a module does not have.
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
      define: { STEWARD_IMAGE_TAG: JSON.stringify(tag) },
      external: ['pg-native'],
    })
  } catch (error) {
    throw new ConfigError(`image does not build: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    await esbuild.stop()
  }
}

/** Pods run under an account of their own; what was checked out may be closed to it. */
async function openToPods(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644)
  }
}

async function digestOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const hash = createHash('sha256')
  for (const file of files.toSorted()) {
    const content = await readFile(file)
    hash.update(`${relative(folder, file)}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}
