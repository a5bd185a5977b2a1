import { daemonApi } from '../../stacks/local/daemon/api.ts'
import type { Edge } from '../../stacks/local/edge/edge.ts'
import type { createFleet } from '../../stacks/local/daemon/fleet.ts'
import type { openResources } from '../../stacks/local/resources/resources.ts'
import type { EstateContext } from '../../stacks/local/servers/context.ts'

type Parts = {
  context: EstateContext
  fleet: ReturnType<typeof createFleet>
  resources: Awaited<ReturnType<typeof openResources>>
  edge?: Pick<Edge, 'routes'>
}
/** What opens what; long enough to be looked for where no token may stand. */
export const TEST_TOKENS = {
  daemon: 'daemon-token',
  edge: 'edge-token',
  'edge-sweep': 'edge-sweep-token',
  discovery: 'discovery-token',
  resources: 'the-token',
  'resources-sweep': 'sweep-token',
  keys: 'keys-token',
}

/** The daemon's API of an estate that has resources, no pods, and an edge where one is given. */
export const resourcesApi = ({ context, fleet, resources, edge }: Parts) =>
  daemonApi({
    estateId: context.record.id,
    fleet,
    logs: context.paths.logs,
    images: [],
    tokens: TEST_TOKENS,
    edge: () => edge,
    pods: () => [],
    resources,
    targets: resources.targets,
    metrics: async () => '',
    shutdown: () => undefined,
  })
