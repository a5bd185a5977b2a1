import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { HomePaths } from '../home.ts'

/** Where clusters of their own keep what they have, below the folder of all resources. */
export const CLUSTER_KIND = 'kubernetes-cluster'
/** Where one of them keeps what its node has. */
export const NODE_FOLDER = 'node'

/** Homes of all process nodes of an estate, running or not: that of the shared cluster, and those of clusters of their own. */
export async function nodeHomes(paths: Pick<HomePaths, 'node' | 'resources'>): Promise<string[]> {
  const clusters = join(paths.resources, CLUSTER_KIND)
  const names = await readdir(clusters).catch(() => []) // none was made yet
  return [paths.node, ...names.map((name) => join(clusters, name, NODE_FOLDER))]
}
