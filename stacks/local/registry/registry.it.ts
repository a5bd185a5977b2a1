import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { extract } from 'tar-stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createImageStore } from '../node/image-store.ts'
import { createBlobStore } from './blob-store.ts'
import { createImageCatalogue } from './image-catalogue.ts'
import { startRegistry, type Registry } from './registry.ts'

const IMAGES = join(import.meta.dirname, '../node/fixtures/images')
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, fatal: () => {} }

let folder: string
const running: Registry[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-registry-'))
  await cp(IMAGES, join(folder, 'images'), { recursive: true })
  for (const name of ['pause', 'probe']) await writeFile(join(folder, name), `the static program ${name}`)
})
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ stop }) => stop()))
  await rm(folder, { recursive: true, force: true })
})

/** A registry with a home of its own, over the images in the folder. */
async function start(home: string) {
  const blobs = createBlobStore(join(folder, home, 'blobs'))
  const images = [join(folder, 'images')]
  const applications = createImageStore({ images, home: join(folder, home) })
  const program = async (name: string) => join(folder, name)
  const plane = { root: join(folder, 'checkout'), helm: () => program('pause') }
  const catalogue = createImageCatalogue({ images, applications, blobs, program, plane })
  const registry = await startRegistry({ host: '127.0.0.1', port: 0, catalogue, blobs, log })
  running.push(registry)
  const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${registry.port}${path}`, init)
  return { ...registry, ask }
}

type Manifest = { config: { digest: string; size: number }; layers: { digest: string; size: number }[] }
const sha256 = (content: Uint8Array): string => `sha256:${createHash('sha256').update(content).digest('hex')}`

async function entries(tar: Uint8Array) {
  const unpack = extract()
  unpack.end(Buffer.from(tar))
  const found: { name: string; mode: number; uid: number; mtime: number }[] = []
  for await (const entry of unpack) {
    const { name, mode, uid, mtime } = entry.header
    found.push({ name, mode, uid, mtime: mtime.getTime() })
    entry.resume()
  }
  return found
}

test('an image is pulled as the distribution specification says: manifest by tag and digest, configuration, layers', async () => {
  const { ask, metrics } = await start('home')
  expect((await ask('/v2/')).status).toBe(200)
  const byTag = await ask('/v2/library/tiny/manifests/1', { method: 'HEAD' })
  const digest = byTag.headers.get('docker-content-digest') ?? ''
  expect(byTag.headers.get('content-type')).toBe('application/vnd.oci.image.manifest.v1+json')

  const text = new Uint8Array(await (await ask(`/v2/tiny/manifests/${digest}`)).arrayBuffer())
  expect(sha256(text)).toBe(digest)
  const manifest = JSON.parse(Buffer.from(text).toString()) as Manifest
  for (const blob of [manifest.config, ...manifest.layers]) {
    const content = new Uint8Array(await (await ask(`/v2/tiny/blobs/${blob.digest}`)).arrayBuffer())
    expect({ digest: sha256(content), size: content.length }).toEqual({ digest: blob.digest, size: blob.size })
  }
  const config = (await (await ask(`/v2/tiny/blobs/${manifest.config.digest}`)).json()) as Record<string, unknown>
  expect(config).toMatchObject({
    os: 'linux',
    config: { User: '65532:65532', Entrypoint: ['/usr/local/bin/node', '/app/main.mjs'] },
    rootfs: { type: 'layers', diff_ids: manifest.layers.map((layer) => layer.digest) },
  })
  expect(metrics()).toContain('steward_registry_requests_total{image="tiny",kind="manifests"} 2')
})

test.each(['pause', 'probe'])('the image %s is one static program and nothing else', async (name) => {
  const { ask } = await start('home')
  expect(await (await ask(`/v2/library/${name}/tags/list`)).json()).toMatchObject({ tags: ['1'] })
  const manifest = (await (await ask(`/v2/library/${name}/manifests/1`)).json()) as Manifest
  expect(manifest.layers).toHaveLength(1)
  const config = await (await ask(`/v2/library/${name}/blobs/${manifest.config.digest}`)).json()
  expect(config).toMatchObject({ config: { Entrypoint: [`/${name}`], User: '65532:65532' } })
})

test('an application layer holds the bundle and its files, owned by root, without times', async () => {
  const { ask } = await start('home')
  const manifest = (await (await ask('/v2/tiny/manifests/1')).json()) as Manifest
  const layer = await ask(`/v2/tiny/blobs/${manifest.layers[1]?.digest}`)
  const found = await entries(new Uint8Array(await layer.arrayBuffer()))
  expect(found.map(({ name }) => name)).toEqual(['app/', 'app/main.mjs', 'app/note.txt', 'app/tags.json'])
  expect(new Set(found.map(({ uid, mtime }) => `${uid} ${mtime}`))).toEqual(new Set(['0 0']))
})

test('the same sources have the same digest in another home, changed ones another', async () => {
  const digestOf = async (home: string) => {
    const { ask } = await start(home)
    return (await ask('/v2/tiny/manifests/1', { method: 'HEAD' })).headers.get('docker-content-digest')
  }
  const first = await digestOf('one')
  expect(await digestOf('two')).toBe(first)
  await writeFile(join(folder, 'images/tiny/note.txt'), 'changed')
  expect(await digestOf('three')).not.toBe(first)
})

test('an image is known by its digest in a registry that never built its tag', async () => {
  const first = await start('one')
  const digest = (await first.ask('/v2/tiny/manifests/1', { method: 'HEAD' })).headers.get('docker-content-digest')
  const second = await start('two')
  expect((await second.ask(`/v2/tiny/manifests/${digest}`)).status).toBe(200)
})

test('tags are those of tags.json', async () => {
  const { ask } = await start('home')
  const tags = Object.keys(JSON.parse(await readFile(join(IMAGES, 'tiny/tags.json'), 'utf8')) as object)
  expect(await (await ask('/v2/tiny/tags/list')).json()).toEqual({ name: 'tiny', tags })
})

test.each([
  ['GET', '/v2/none/manifests/1', 404, 'NAME_UNKNOWN'],
  ['GET', '/v2/tiny/manifests/0.0.9', 404, 'MANIFEST_UNKNOWN'],
  ['GET', `/v2/tiny/manifests/sha256:${'0'.repeat(64)}`, 404, 'MANIFEST_UNKNOWN'],
  ['GET', `/v2/tiny/blobs/sha256:${'0'.repeat(64)}`, 404, 'BLOB_UNKNOWN'],
  ['GET', '/v2/tiny/blobs/sha256:0', 404, 'BLOB_UNKNOWN'],
  ['GET', '/v2/tiny/../../manifests/1', 404, 'NAME_UNKNOWN'],
  ['GET', '/v1/', 404, 'NAME_UNKNOWN'],
  ['POST', '/v2/tiny/blobs/uploads/', 405, 'UNSUPPORTED'],
  ['PUT', '/v2/tiny/manifests/1', 405, 'UNSUPPORTED'],
  ['DELETE', '/v2/tiny/manifests/1', 405, 'UNSUPPORTED'],
])('%s %s is refused: %i %s', async (method, path, status, code) => {
  const { ask } = await start('home')
  const response = await ask(path, { method })
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ errors: [{ code }] })
})

/** A checkout with what belongs into the plane's image, and what does not. */
async function plantCheckout(): Promise<void> {
  const at = join(folder, 'checkout')
  const core = 'node_modules/core-bridge'
  const ours = `${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-unknown-linux-gnu`
  const files = {
    'package.json': JSON.stringify({ version: '3.2.1' }),
    'package-lock.json': JSON.stringify({
      packages: {
        '': {},
        'node_modules/fastify': {},
        'node_modules/fastify/node_modules/inner': {},
        'node_modules/vitest': { dev: true },
        'node_modules/absent': { optional: true },
        [core]: {},
      },
    }),
    'node_modules/fastify/index.js': 'fastify',
    'node_modules/fastify/index.d.ts': 'types',
    'node_modules/fastify/node_modules/inner/index.js': 'inner',
    'node_modules/fastify/node_modules/stray/index.js': 'stray',
    'node_modules/vitest/index.js': 'vitest',
    [`${core}/releases/${ours}/index.js`]: 'ours',
    [`${core}/releases/x86_64-apple-darwin/index.js`]: 'theirs',
    'control-plane/main.ts': 'main',
    'control-plane/main.it.ts': 'test',
    'workflows/worker.ts': 'worker',
    'workflows/prebuild.ts': `import { writeFileSync } from 'node:fs'
      writeFileSync(process.argv[2] + '/bundle.js', 'bundle')`,
    'workflows/built/stale.js': 'bundle of another day',
    'stacks/kubernetes/apply.ts': 'apply',
    'stacks/local/estate.ts': 'estate',
    'charts/cell/Chart.yaml': 'chart',
    'test/support/api.ts': 'support',
  }
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(at, name, '..'), { recursive: true })
    await writeFile(join(at, name), content)
  }
}

test('the plane’s own image holds its programs, what they need at run time, and no more', async () => {
  await plantCheckout()
  const { ask } = await start('home')
  expect(await (await ask('/v2/steward/tags/list')).json()).toEqual({ name: 'steward', tags: ['3.2.1'] })
  const manifest = (await (await ask('/v2/steward/manifests/3.2.1')).json()) as Manifest
  const config = (await (await ask(`/v2/steward/blobs/${manifest.config.digest}`)).json()) as { config: object }
  expect(config.config).toMatchObject({ User: '65532:65532', Entrypoint: ['/usr/local/bin/node'], WorkingDir: '/app' })
  const layers = await Promise.all(
    manifest.layers
      .slice(1)
      .map(async ({ digest }) =>
        entries(new Uint8Array(await (await ask(`/v2/steward/blobs/${digest}`)).arrayBuffer())),
      ),
  )
  const names = layers
    .flat()
    .flatMap(({ name }) => (name.startsWith('app/') && !name.endsWith('/') ? [name.slice(4)] : []))
  expect(names.filter((name) => !name.includes('core-bridge')).toSorted()).toEqual([
    'charts/cell/Chart.yaml',
    'control-plane/main.ts',
    'node_modules/fastify/index.js',
    'node_modules/fastify/node_modules/inner/index.js',
    'package.json',
    'stacks/kubernetes/apply.ts',
    'workflows/built/bundle.js',
    'workflows/prebuild.ts',
    'workflows/worker.ts',
  ])
  expect(names.filter((name) => name.includes('core-bridge'))).toHaveLength(1)
  expect(layers.flat()).toContainEqual(expect.objectContaining({ name: 'usr/local/bin/helm', mode: 0o755 }))
})
