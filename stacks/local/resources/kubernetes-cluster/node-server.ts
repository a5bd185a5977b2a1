import { fileURLToPath } from 'node:url'
import { probeHttp } from '../../servers/probes.ts'
import type { ProcessServer } from '../../servers/server.ts'
import { nodeProgram } from '../node-program.ts'
import type { ResourceContext } from '../resource-kind.ts'
import { credentialsOf, NODE_PORT, nodeHome } from './cluster-of.ts'
import { NODE_INPUT, type NodeInput } from './node-input.ts'

const PROGRAM = fileURLToPath(new URL('./node-main.ts', import.meta.url))
/** A young generation of 4 MB instead of 16, as in the daemon: it watches, it does not churn. */
const NODE_FLAGS = ['--max-semi-space-size=4']

/** One process with the node and the gateway of a cluster: not inside the daemon, so that it can be killed alone. */
export function nodeServer(at: ResourceContext): ProcessServer {
  const credentials = credentialsOf(at)
  const input: NodeInput = {
    name: at.name,
    home: nodeHome(at),
    estate: { node: at.paths.node, resources: at.paths.resources },
    kubeconfig: credentials.kubeconfig('node'),
    gatewayKubeconfig: credentials.kubeconfig('gateway'),
    images: at.images,
    ...(at.podAccount ? { runAs: at.podAccount } : {}),
    gatewayPort: at.port('gateway'),
    port: at.port(NODE_PORT),
    tokenFile: at.credentials.token('discovery'),
  }
  return {
    kind: 'process',
    name: `${at.name}.node`,
    needs: [`${at.name}.cluster-objects`],
    ports: { gateway: input.gatewayPort, node: input.port },
    command: async () => nodeProgram(at, { file: PROGRAM, flags: NODE_FLAGS, told: { as: NODE_INPUT, input } }),
    probe: (signal) => probeHttp(`http://127.0.0.1:${input.port}/healthz`, signal),
    stopSignal: 'SIGTERM',
    graceMs: 10_000,
  }
}
