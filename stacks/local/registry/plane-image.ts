import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Blob, BlobStore } from './blob-store.ts'
import { filesOf, layerOf, type LayerFile } from './layer.ts'
import { librariesOf, NODE_PATH } from './node-files.ts'
import { writeImage } from './oci-image.ts'

/** The plane's own image: API, worker and administrator programs of this checkout, by the version in its package.json. */
export const PLANE = 'steward'

/** What of the checkout the programs of an installation read; the embedded estate is no part of it. */
const SOURCES = ['control-plane', 'workflows', 'stacks', 'charts']
const NOT_NEEDED = /^stacks\/local\/|^workflows\/built\/|\.(test|it|wf|e2e|containers)\.ts$|\/support\//
/** Types, maps and documents of packages: a third of their size, and nothing reads them at run time. */
const NOT_RUN = /\.(d\.[cm]?ts|map|md|markdown|flow|tsbuildinfo)$/
/** Brought by the base, or used by the embedded estate alone. */
const NOT_PACKED = /^node_modules\/(node|esbuild|@esbuild\/.*)$/
const RELEASES = /core-bridge\/releases\/(?<platform>[^/]+)\//
const OURS = `${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-unknown-linux-gnu`

/** The checkout that the image is made of, and the program that the worker renders charts with. */
export type PlaneSources = { root: string; helm: () => Promise<string> }
type Lock = { packages: Record<string, { dev?: boolean; devOptional?: boolean }> }

/** Tag of the plane's image. */
export const planeTag = async (root: string): Promise<string> =>
  (JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }).version

async function filesBelow(root: string, folder: string, isWanted: (path: string) => boolean): Promise<LayerFile[]> {
  const files = await filesOf(join(root, folder), `/app/${folder}`)
  return files.filter(({ path }) => isWanted(path.slice('/app/'.length)))
}

/** Packages that run in production and are installed here, each without the packages inside it: those have entries of their own. */
async function packages(root: string): Promise<string[]> {
  const { packages: all } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lock // npm's own format
  const wanted = Object.entries(all).filter(
    ([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional && !NOT_PACKED.test(path),
  )
  const there = await Promise.all(
    wanted.map(async ([path]) => ((await stat(join(root, path)).catch(() => undefined)) ? [path] : [])),
  )
  return there.flat()
}

/** Packages from the registry, with Temporal's core for this machine and no other, and the libraries that native code wants. */
async function dependencyFiles(root: string): Promise<LayerFile[]> {
  const names = new Set(await packages(root))
  const isRun = (path: string) => !NOT_RUN.test(path) && (RELEASES.exec(path)?.groups?.['platform'] ?? OURS) === OURS
  const files = await filesBelow(root, 'node_modules', (path) => isRun(path) && names.has(packageOf(path)))
  const native = files.flatMap((file) => (file.path.endsWith('.node') && 'from' in file ? [file.from] : []))
  return [...files, ...(await librariesOf(native))]
}

/** The package a file belongs to: what stands behind the last `node_modules`. */
function packageOf(path: string): string {
  const parts = path.split('/')
  const at = parts.lastIndexOf('node_modules')
  return parts.slice(0, at + (parts[at + 1]?.startsWith('@') ? 3 : 2)).join('/')
}

/** Our sources as they are, because Node runs TypeScript, and the program that renders charts. */
async function sourceFiles(root: string, helm: string): Promise<LayerFile[]> {
  const all = await Promise.all(SOURCES.map((folder) => filesBelow(root, folder, (path) => !NOT_NEEDED.test(path))))
  return [
    ...all.flat(),
    { path: '/app/package.json', mode: 0o644, from: join(root, 'package.json') },
    { path: '/usr/local/bin/helm', mode: 0o755, from: helm },
    ...(await librariesOf([helm])),
  ]
}

/** The workflows' bundle, so that no worker compiles at start: its file system is read-only, and its memory is the worker's own. */
async function bundleLayer(blobs: BlobStore, root: string): Promise<Blob> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-bundle-'))
  try {
    await promisify(execFile)(process.execPath, [join(root, 'workflows', 'prebuild.ts'), folder], { cwd: root })
    return await blobs.put(layerOf(await filesOf(folder, '/app/workflows/built')))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes the image over the layer of Node and answers its digest; which program runs is said by who runs it. */
export async function buildPlaneImage(blobs: BlobStore, base: Blob, { root, helm }: PlaneSources): Promise<string> {
  const packed = await blobs.put(layerOf(await dependencyFiles(root)))
  const sources = await blobs.put(layerOf(await sourceFiles(root, await helm())))
  const bundle = await bundleLayer(blobs, root)
  const Env = ['PATH=/usr/local/bin', 'NODE_ENV=production']
  return writeImage(blobs, [base, packed, sources, bundle], { Env, Entrypoint: [NODE_PATH], WorkingDir: '/app' })
}
