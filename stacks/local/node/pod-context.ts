import { join } from 'node:path'
import type { KubeClient } from '../kube/client.ts'
import type { Log } from '../kube/log.ts'
import type { PodAccount } from './account.ts'
import type { ContainerProcess } from './container-process.ts'
import type { Sources } from './environment.ts'
import type { ImageStore } from './image-store.ts'
import type { Mount } from './mount-paths.ts'
import type { Addresses } from './pod-range.ts'
import type { ContainerRecord } from './pod-status.ts'
import type { Container, Pod, PodId } from './pod-types.ts'
import type { HeldSources, SourceStore } from './sources.ts'

/** What all pods of a node share. */
export type NodeParts = {
  client: KubeClient
  log: Log
  home: string
  account: PodAccount
  runtime: { folder: string; node: string }
  images: ImageStore
  sources: SourceStore
  addresses: Addresses
}

/** A record with its process while it runs. */
export type LiveRecord = ContainerRecord & { process: ContainerProcess | null; log: string | null }

/** One pod being run. */
export type PodContext = {
  parts: NodeParts
  /** The newest version of the object. */
  pod: () => Pod
  id: PodId
  /** As the API states it, 10.244.x.y; the pod is reached at 127.244.x.y. */
  ip: string
  folder: string
  sources: HeldSources
  /** Fires when nothing of the pod is to be started any more. */
  signal: AbortSignal
  /** States what the records say now. */
  publish: () => void
  /** Resolves at the next change of a ConfigMap or Secret, at the latest after so many milliseconds, or when the pod ends. */
  change: (withinMs: number) => Promise<void>
}

export const volumesFolder = (folder: string): string => join(folder, 'volumes')
export const terminationFile = (folder: string, container: string): string => join(folder, 'termination', container)

/** The places of a container's own view that exist elsewhere on this machine. */
export function mountsOf(folder: string, container: Container): Mount[] {
  const volumes = (container.volumeMounts ?? []).map(({ mountPath, name, subPath }) => ({
    mountPath,
    realPath: subPath ? join(volumesFolder(folder), name, subPath) : join(volumesFolder(folder), name),
  }))
  const message = container.terminationMessagePath ?? '/dev/termination-log'
  return [...volumes, { mountPath: message, realPath: terminationFile(folder, container.name) }]
}

/** The pod's ConfigMaps and Secrets as text, for its environment. */
export const textSources = (held: HeldSources): Sources => {
  const read = (kind: 'configMap' | 'secret', name: string) => {
    const data = held.data({ kind, name })
    return data && Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.toString('utf8')]))
  }
  return { configMap: (name) => read('configMap', name), secret: (name) => read('secret', name) }
}
