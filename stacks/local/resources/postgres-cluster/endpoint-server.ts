import { fileURLToPath } from 'node:url'
import { probePort } from '../../servers/probes.ts'
import type { ProcessServer } from '../../servers/server.ts'
import { nodeProgram } from '../node-program.ts'
import type { ResourceContext } from '../resource-kind.ts'
import { ENDPOINT_PORT, HOST } from './cluster-files.ts'
import { ENDPOINT_INPUT, type EndpointInput } from './endpoint-input.ts'
import type { ClusterInputs } from './inputs.ts'
import { MEMBERS } from './members.ts'

const PROGRAM = fileURLToPath(new URL('./endpoint-main.ts', import.meta.url))
/** It passes bytes on and keeps none. */
const NODE_FLAGS = ['--max-old-space-size=64', '--max-semi-space-size=4']

/** The process in front of a cluster's members: one of its own, so that it ends with the cluster and with nothing else. */
export function endpointServer({ standbys }: ClusterInputs, at: ResourceContext): ProcessServer {
  const port = at.port(ENDPOINT_PORT)
  const [first, second] = MEMBERS
  const members = { [first]: at.port(first), [second]: at.port(second) } as EndpointInput['members'] // one each
  const input: EndpointInput = { folder: at.folder, standbys, members, host: HOST, port }
  return {
    kind: 'process',
    name: `${at.name}.endpoint`,
    needs: [],
    ports: { [ENDPOINT_PORT]: port },
    command: async () => nodeProgram(at, { file: PROGRAM, flags: NODE_FLAGS, told: { as: ENDPOINT_INPUT, input } }),
    probe: (signal) => probePort(HOST, port, signal),
    stopSignal: 'SIGTERM',
    graceMs: 5000,
  }
}
