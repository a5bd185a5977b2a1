import { daemonApi } from '../../stacks/local/daemon/api.ts'
import type { createFleet } from '../../stacks/local/daemon/fleet.ts'
import type { openResources } from '../../stacks/local/resources/resources.ts'
import type { EstateContext } from '../../stacks/local/servers/context.ts'

type Parts = {
  context: EstateContext
  fleet: ReturnType<typeof createFleet>
  resources: Awaited<ReturnType<typeof openResources>>
}
/** What opens what; long enough to be looked for where no token may stand. */
export const TEST_TOKENS = {
  daemon: 'daemon-token',
  edge: 'edge-token',
  discovery: 'discovery-token',
  resources: 'the-token',
  'resources-sweep': 'sweep-token',
}

/** The daemon's API of an estate that has resources, and neither edge nor pods. */
export const resourcesApi = ({ context, fleet, resources }: Parts) =>
  daemonApi({
    estateId: context.record.id,
    fleet,
    logs: context.paths.logs,
    images: [],
    tokens: TEST_TOKENS,
    edge: () => undefined,
    pods: () => [],
    resources,
    targets: resources.targets,
    metrics: async () => '',
    shutdown: () => undefined,
  })
