import { join } from 'node:path'
import { credentialPaths, type CredentialPaths } from '../../credentials/paths.ts'
import { NODE_FOLDER } from '../../node/node-homes.ts'
import { CLUSTER_PORTS, type ClusterContext, type ClusterPort } from '../../servers/cluster-context.ts'
import type { ResourceContext } from '../resource-kind.ts'

/** Where the program with node and gateway says how it is. */
export const NODE_PORT = 'node'

/** A cluster's credentials, below its own folder. */
export const credentialsOf = (at: ResourceContext): CredentialPaths => credentialPaths(join(at.folder, 'credentials'))

/** The folder of a cluster's node: pods, images, logs. */
export const nodeHome = (at: ResourceContext): string => join(at.folder, NODE_FOLDER)

/** What the servers of a cluster of its own are made from. Its pods are processes, whatever those of the shared one are. */
export function clusterOf(at: ResourceContext): ClusterContext {
  const ports = CLUSTER_PORTS.map((name) => [name, at.port(name)])
  return {
    toolchain: at.toolchain,
    root: at.root,
    images: at.images,
    env: at.env,
    containers: undefined,
    named: (part) => `${at.name}.${part}`,
    ports: Object.fromEntries(ports) as Record<ClusterPort, number>, // one for each
    paths: { home: at.paths.home, run: at.paths.run, etcd: join(at.folder, 'etcd') },
    credentials: credentialsOf(at),
    throwAway: at.record.throwAway,
  }
}
