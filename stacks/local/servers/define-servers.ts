import { estateProblems } from '../estate.errors.ts'
import { containerServers } from '../containers/node-servers.ts'
import type { EstateContext } from './context.ts'
import { sharedCluster } from './cluster-context.ts'
import { clusterObjects } from './cluster-objects.ts'
import { etcdServer } from './etcd.ts'
import { apiServer, controllerManager, scheduler } from './kubernetes.ts'
import { REPLACED, type Outside } from './outside.ts'
import { databaseServer } from './postgres.ts'
import { apiProgram, ensureToken, migrate, stackEngine, workerProgram } from './programs.ts'
import { prometheusServer } from './prometheus.ts'
import { planeRoles, productsRoles } from './roles.ts'
import type { Server } from './server.ts'
import { temporalServer } from './temporal.ts'

/** Parts that go with another: without the API nobody needs a token, and so on. */
const FOLLOWERS: Readonly<Record<string, readonly string[]>> = {
  api: ['ensure-token'],
  worker: ['stack-engine'],
  node: ['kubelet', 'network-policies', 'containerd', 'node-host', 'registry', 'api-door', 'plane-doors'],
}

/** Names of everything that `--without` can leave out; what a container node consists of goes with `node`. */
export const SERVER_NAMES = [
  'plane-db',
  'plane-roles',
  'products-db',
  'products-roles',
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'cluster-objects',
  'temporal',
  'prometheus',
  'node',
  'gateway',
  'edge',
  'migrate',
  'ensure-token',
  'api',
  'stack-engine',
  'worker',
] as const

/** Names left out: asked for, replaced by an outside part, or following one of those. Unknown names are refused. */
export function leftOut(without: readonly string[], outside: Outside): Set<string> {
  const unknown = without.filter((name) => !(SERVER_NAMES as readonly string[]).includes(name))
  if (unknown.length > 0) {
    const detail = `--without ${unknown.join(',')}: no such part; there are ${SERVER_NAMES.join(', ')}`
    throw estateProblems['configuration.invalid']({ detail })
  }
  const replaced = (Object.keys(outside) as (keyof Outside)[]).flatMap((part) => REPLACED[part])
  const names = new Set([...without, ...replaced])
  for (const name of without) for (const follower of FOLLOWERS[name] ?? []) names.add(follower)
  if (without.includes('api') && without.includes('worker')) names.add('migrate')
  return names
}

/** Drops what is left out, and the needs that pointed at it: an outside part is simply there. */
export function select(servers: readonly Server[], names: ReadonlySet<string>): Server[] {
  return servers
    .filter(({ name }) => !names.has(name))
    .map((server) => ({ ...server, needs: server.needs.filter((need) => !names.has(need)) }))
}

/** Everything of an estate that is not inside the daemon's own process. */
export function defineServers(context: EstateContext): Server[] {
  const cluster = sharedCluster(context)
  return [
    databaseServer(context, 'plane-db', context.paths.planeDatabase),
    planeRoles(context),
    databaseServer(context, 'products-db', context.paths.productsDatabase),
    productsRoles(context),
    etcdServer(cluster),
    apiServer(cluster),
    controllerManager(cluster),
    scheduler(cluster),
    clusterObjects(cluster),
    ...containerServers(context),
    temporalServer(context),
    prometheusServer(context),
    migrate(context),
    ensureToken(context),
    apiProgram(context),
    stackEngine(context),
    workerProgram(context),
  ]
}
