import { join } from 'node:path'
import { NODE_NAME } from '../credentials/paths.ts'
import { startEdge, type Edge } from '../edge/edge.ts'
import { startGateway, type Gateway } from '../gateway/gateway.ts'
import { startNode, type ProcessNode } from '../node/node.ts'
import { POD_NETWORK } from '../region-file.ts'
import type { EstateContext } from '../servers/context.ts'
import type { InnerServer } from '../servers/server.ts'

/** What runs inside the daemon, while it runs. */
export type Inner = { node?: ProcessNode; gateway?: Gateway; edge?: Edge }

const GATEWAY_READY_WITHIN_MS = 60_000

async function untilTrue(check: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + GATEWAY_READY_WITHIN_MS
  while (!check()) {
    if (Date.now() > deadline) throw new Error(`${what} is not ready after ${GATEWAY_READY_WITHIN_MS / 1000} s`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Node, gateway and edge, filling `inner` as they start. */
export function innerServers(context: EstateContext, inner: Inner): InnerServer[] {
  const { credentials, paths, ports, log } = context
  const host = '127.0.0.1'
  return [
    {
      kind: 'inner',
      name: 'node',
      needs: ['cluster-objects'],
      start: () => {
        const runAs = context.podAccount ? { runAs: context.podAccount } : {}
        const kubeconfig = credentials.kubeconfig('node')
        return startNode({ kubeconfig, home: paths.node, name: NODE_NAME, images: context.images, log, ...runAs }).then(
          (node) => (inner.node = node),
        )
      },
    },
    {
      kind: 'inner',
      name: 'gateway',
      needs: ['cluster-objects'],
      ports: ['gateway'],
      start: async () => {
        const kubeconfig = credentials.kubeconfig('gateway')
        const gateway = await startGateway({ kubeconfig, host, port: ports.gateway, podNetwork: POD_NETWORK, log })
        await untilTrue(gateway.ready, 'the gateway')
        return (inner.gateway = gateway)
      },
    },
    {
      kind: 'inner',
      name: 'edge',
      needs: [],
      ports: ['edge'],
      start: async () =>
        (inner.edge = await startEdge({ host, port: ports.edge, stateFile: join(paths.edge, 'routes.json'), log })),
    },
  ]
}
