import type { Blob, BlobStore } from './blob-store.ts'
import { IMAGE_ACCOUNT } from './node-files.ts'

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json'
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar'
const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch

/** What an image runs; never as root. */
export type ImageCommand = { Env: string[]; Entrypoint: string[]; WorkingDir: string }

/** Writes an image's configuration and manifest over layers that are there, and answers the manifest's digest. */
export async function writeImage(
  blobs: Pick<BlobStore, 'putText'>,
  layers: readonly Blob[],
  command: ImageCommand,
): Promise<string> {
  const config = await blobs.putText(
    JSON.stringify({
      architecture: ARCHITECTURE,
      os: 'linux',
      config: { User: `${IMAGE_ACCOUNT}:${IMAGE_ACCOUNT}`, ...command },
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) }, // uncompressed: both digests are one
    }),
  )
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: CONFIG_TYPE, ...config },
    layers: layers.map((layer) => ({ mediaType: LAYER_TYPE, ...layer })),
  }
  return (await blobs.putText(JSON.stringify(manifest))).digest
}
