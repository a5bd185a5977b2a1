import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { canonical, sha256 } from './canonical.ts'
import { findChart } from './chart-folders.ts'
import { chartImpurities } from './chart-purity.ts'
import { clusterProblems } from './kubernetes.errors.ts'
import { parseManifest } from './manifest.ts'
import type { KubernetesObject } from './objects.ts'

export type { KubernetesObject } from './objects.ts'

/** Fixed, so that the same chart and values give the same objects everywhere; charts see nothing of the cluster. */
const KUBE_VERSION = '1.35.4'
const API_VERSIONS = ['gateway.networking.k8s.io/v1/HTTPRoute']
/** Renders kept in memory; a worker needs a few per unit. */
const CACHED = 512

type RenderRequest = {
  /** Name of a chart in one of the chart folders. */
  chart: string
  release: string
  namespace: string
  values: object
}
/** `hash` is of the objects themselves: two renders with one hash apply the same. */
export type Rendered = { objects: KubernetesObject[]; hash: string }
export type Renderer = {
  /**
   * Renders a chart; the same content of chart and values is rendered once. Throws `chart.impure` for one whose renders would
   * differ, with the lines, `chart.invalid` with what helm says, and `helm.missing`.
   */
  render: (request: RenderRequest) => Promise<Rendered>
}

/**
 * Renders the charts of these folders (the first that has a name wins) with the helm binary, purely: no cluster, no user
 * configuration, no plugins, and no chart that could tell two renders apart.
 */
export function createRenderer({ helm, charts }: { helm: string; charts: readonly string[] }): Renderer {
  const cache = new Map<string, Promise<Rendered>>()
  return {
    async render(request) {
      const folder = await findChart(charts, request.chart)
      const { release, namespace, values } = request
      const files = await filesOf(folder)
      const key = sha256(folder, await hashFiles(folder, files), release, namespace, canonical(values))
      const known = cache.get(key) ?? template(helm, folder, files, request)
      cache.delete(key)
      cache.set(key, known) // the one used last is the last to go
      known.catch(() => cache.delete(key))
      if (cache.size > CACHED) cache.delete(cache.keys().next().value ?? '')
      return structuredClone(await known) // callers may change what they get
    },
  }
}

async function template(
  helm: string,
  folder: string,
  files: readonly string[],
  request: RenderRequest,
): Promise<Rendered> {
  const impure = await chartImpurities(folder, files)
  if (impure.length > 0)
    throw clusterProblems['chart.impure']({ detail: `${request.chart}: ${impure.slice(0, 5).join('; ')}` })
  const apis = API_VERSIONS.flatMap((version) => ['--api-versions', version])
  const args = ['template', request.release, folder, '--namespace', request.namespace, '--values', '-', '--no-hooks']
  const manifest = await run(helm, [...args, '--kube-version', KUBE_VERSION, ...apis], JSON.stringify(request.values))
  const objects = parseManifest(manifest, request.namespace)
  return { objects, hash: sha256(canonical(objects)) }
}

/** Runs helm with the values on its input and an environment of its own. */
async function run(helm: string, args: readonly string[], input: string): Promise<string> {
  const nowhere = path.join(tmpdir(), 'steward-no-helm-home') // never created: no repositories, plugins or settings of a user
  const env = {
    HOME: nowhere,
    HELM_CONFIG_HOME: nowhere,
    HELM_CACHE_HOME: nowhere,
    HELM_DATA_HOME: nowhere,
    TZ: 'UTC',
    LANG: 'C',
  }
  const child = spawn(helm, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  child.stdin.on('error', () => {}) // helm may refuse before it has read everything; its exit code tells
  child.stdin.end(input)
  try {
    const [out, said, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
    if (code === 0) return out
    throw clusterProblems['chart.invalid']({ detail: said.trim() || `helm ended with ${code}` })
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw clusterProblems['helm.missing']({ detail: `helm cannot be run at ${helm}: ${error.message}`, cause: error })
  }
}

/** A chart's files. Read every time, because a chart may change under a running worker. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw clusterProblems['chart.invalid']({ detail: `no chart at ${folder}`, cause: error })
  })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  return files.map((file) => path.relative(folder, file)).toSorted()
}

/** Hash of their paths and contents. */
async function hashFiles(folder: string, files: readonly string[]): Promise<string> {
  return sha256(
    ...(await Promise.all(files.map(async (file) => sha256(file, await readFile(path.join(folder, file)))))),
  )
}
