import { findImage } from '../node/image-folders.ts'
import type { ImageStore } from '../node/image-store.ts'
import type { Blob, BlobStore } from './blob-store.ts'
import { filesOf, layerOf, type LayerFile, type LayerFolder } from './layer.ts'
import { NODE_FOLDERS, NODE_PATH, nodeFiles } from './node-files.ts'
import { MANIFEST_TYPE, writeImage } from './oci-image.ts'
import { buildPlaneImage, PLANE, type PlaneSources, planeTag } from './plane-image.ts'

const APP = '/app'

/** The sandbox image of every pod, and what sends from tenant to tenant when isolation is measured: one static program each. */
export const PAUSE = { name: 'pause', tag: '1' } as const
export const PROBE = { name: 'probe', tag: '1' } as const
const PROGRAMS: readonly { name: string; tag: string }[] = [PAUSE, PROBE]

export type ImageCatalogue = ReturnType<typeof createImageCatalogue>
type Parts = {
  /** Folders with one folder per image. */
  images: readonly string[]
  /** Bundles an image's application. */
  applications: ImageStore
  blobs: BlobStore
  /** The static program of an image that is nothing else, by the image's name. */
  program: (name: string) => Promise<string>
  plane: PlaneSources
}

/**
 * The images that the registry serves: each image of the folders with each of its tags, those of one static program, and the plane
 * itself. Built when first asked for; the same sources, Node and libraries give the same digests everywhere.
 */
export function createImageCatalogue({ images, applications, blobs, program, plane }: Parts) {
  const built = new Map<string, Promise<string>>()
  let base: Promise<Blob> | undefined

  const baseLayer = (): Promise<Blob> => {
    base ??= nodeFiles().then((files) => blobs.put(layerOf(files, NODE_FOLDERS)))
    base.catch(() => (base = undefined))
    return base
  }
  const layer = (files: readonly LayerFile[], folders?: readonly LayerFolder[]) => blobs.put(layerOf(files, folders))

  const buildProgram = async (name: string): Promise<string> => {
    const only = await layer([{ path: `/${name}`, mode: 0o755, from: await program(name) }])
    return writeImage(blobs, [only], { Env: ['PATH=/'], Entrypoint: [`/${name}`], WorkingDir: '/' })
  }
  const buildApplication = async (name: string, tag: string): Promise<string> => {
    const { folder } = await applications.pull(`${name}:${tag}`)
    const layers = [await baseLayer(), await layer(await filesOf(folder, APP))]
    const Env = ['PATH=/usr/local/bin', 'NODE_ENV=production']
    return writeImage(blobs, layers, { Env, Entrypoint: [NODE_PATH, `${APP}/main.mjs`], WorkingDir: APP })
  }
  const make = async (name: string, tag: string): Promise<string> => {
    if (name === PLANE) return buildPlaneImage(blobs, await baseLayer(), plane)
    return PROGRAMS.some((one) => one.name === name) ? buildProgram(name) : buildApplication(name, tag)
  }

  /** Tags of an image; none when there is no such image. */
  const tags = async (name: string): Promise<string[]> => {
    const alone = PROGRAMS.find((one) => one.name === name)
    if (alone) return [alone.tag]
    if (name === PLANE) return [await planeTag(plane.root)]
    return (await findImage(images, name))?.tags ?? []
  }
  const build = async (name: string, tag: string): Promise<string | undefined> => {
    if (!(await tags(name)).includes(tag)) return undefined
    const key = `${name}:${tag}`
    const known = built.get(key)
    if (known) return known
    const digest = make(name, tag)
    built.set(key, digest)
    digest.catch(() => built.delete(key))
    return digest
  }
  const isManifest = async (digest: string): Promise<boolean> => {
    if (!(await blobs.find(digest))) return false
    const text = await blobs.text(digest)
    return text.startsWith('{') && text.includes(MANIFEST_TYPE)
  }
  return {
    tags,
    /** Digest of the manifest behind a tag or a digest; undefined when there is none. */
    async resolve(name: string, reference: string): Promise<string | undefined> {
      if (!reference.includes(':')) return build(name, reference)
      const all = await tags(name)
      if (all.length > 0 && (await isManifest(reference))) return reference
      // A digest that an earlier home knew: what is built today may be just that.
      const digests = await Promise.all(all.map((tag) => build(name, tag)))
      return digests.find((digest) => digest === reference)
    },
  }
}
