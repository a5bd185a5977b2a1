import { join } from 'node:path'
import { NODE_NAME } from '../credentials/paths.ts'
import { startEdge, type Edge } from '../edge/edge.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { startReadyGateway } from '../gateway/ready-gateway.ts'
import { watchContainerNode } from '../containers/container-node.ts'
import { createImageStore } from '../node/image-store.ts'
import { startNode, type ProcessNode } from '../node/node.ts'
import { nodeHomes } from '../node/node-homes.ts'
import { portsNamed } from '../ports.ts'
import { createBlobStore } from '../registry/blob-store.ts'
import { createImageCatalogue } from '../registry/image-catalogue.ts'
import { startRegistry, type Registry } from '../registry/registry.ts'
import { podNetworkOf } from '../region-file.ts'
import type { EstateContext } from '../servers/context.ts'
import type { InnerServer } from '../servers/server.ts'

/** What runs inside the daemon, while it runs. */
export type Inner = { node?: Pick<ProcessNode, 'pods' | 'stop'>; gateway?: Gateway; edge?: Edge; registry?: Registry }

/** The node that runs pods as processes of this machine. */
const processNode = (context: EstateContext, inner: Inner): InnerServer => ({
  kind: 'inner',
  name: 'node',
  needs: ['cluster-objects'],
  start: async () => {
    const { credentials, paths, images, log } = context
    const runAs = context.podAccount ? { runAs: context.podAccount } : {}
    const kubeconfig = credentials.kubeconfig('node')
    const neighbours = () => nodeHomes(paths)
    const options = { kubeconfig, home: paths.node, name: NODE_NAME, images, neighbours, log, ...runAs }
    return (inner.node = await startNode(options))
  },
})

/** The registry that a kubelet pulls from, and what the daemon knows of the kubelet's pods. */
const containerNode = (context: EstateContext, inner: Inner): InnerServer[] => {
  const { credentials, paths, ports, images, log } = context
  return [
    {
      kind: 'inner',
      name: 'registry',
      needs: [],
      ports: portsNamed(ports, 'registry'),
      start: async () => {
        const blobs = createBlobStore(join(paths.containers, 'registry'))
        const applications = createImageStore({ images, home: paths.node })
        const program = (name: string) => context.toolchain.tool(name)
        const plane = { root: context.root, helm: () => program('helm') }
        const catalogue = createImageCatalogue({ images, applications, blobs, program, plane })
        return (inner.registry = await startRegistry({
          host: '127.0.0.1',
          port: ports.registry,
          catalogue,
          blobs,
          log,
        }))
      },
    },
    {
      kind: 'inner',
      name: 'node',
      needs: ['kubelet', 'api-door'],
      start: async (signal) => {
        const kubeconfig = credentials.kubeconfig('node')
        return (inner.node = await watchContainerNode({ kubeconfig, name: NODE_NAME, log, signal }))
      },
    },
  ]
}

/** Node, gateway and edge, filling `inner` as they start. */
export function innerServers(context: EstateContext, inner: Inner): InnerServer[] {
  const { credentials, paths, ports, log } = context
  const host = '127.0.0.1'
  return [
    ...(context.containers ? containerNode(context, inner) : [processNode(context, inner)]),
    {
      kind: 'inner',
      name: 'gateway',
      needs: ['cluster-objects'],
      ports: portsNamed(ports, 'gateway'),
      start: async (signal) => {
        const kubeconfig = credentials.kubeconfig('gateway')
        const podNetwork = podNetworkOf(context)
        inner.gateway = await startReadyGateway({ kubeconfig, host, port: ports.gateway, podNetwork, log }, signal)
        return inner.gateway
      },
    },
    {
      kind: 'inner',
      name: 'edge',
      needs: [],
      ports: portsNamed(ports, 'edge'),
      start: async () =>
        (inner.edge = await startEdge({ host, port: ports.edge, stateFile: join(paths.edge, 'routes.json'), log })),
    },
  ]
}
