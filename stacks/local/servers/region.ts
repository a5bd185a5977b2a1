import { REQUIRED_FACETS } from '../../../control-plane/domain/facets.ts'
import type { StackTarget } from '../../../control-plane/domain/region-settings.ts'
import { PROBE } from '../registry/image-catalogue.ts'
import { podNetworkOf, type RegionFile } from '../region-file.ts'
import { KUBERNETES } from '../toolchain/parts.ts'
import type { EstateContext } from './context.ts'

/** Tenants' hosts lie below it; RFC 6761 keeps every name of it on this machine. */
const DOMAIN = 'localhost'

/** How many instances an estate promises room for: each runs two pods, which are processes of this machine. */
const INSTANCES = 100
/** How many stacks: each is a cluster and a database pair of its own, about a gigabyte of memory. */
const STACKS = 5

type RegionContext = Pick<EstateContext, 'credentials' | 'ports' | 'outside' | 'paths'> &
  Partial<Pick<EstateContext, 'containers'>> & {
    /** Major version of the PostgreSQL that stacks get; without one there are none. */
    postgres?: number
  }

/** Stacks are made of resources of the estate, whose clusters run pods as processes: not beside containers. */
const stackTargetOf = ({ credentials, ports, containers, postgres }: RegionContext): StackTarget | null =>
  containers || postgres === undefined
    ? null
    : {
        target: 'local',
        url: `http://127.0.0.1:${ports.daemon}`,
        tokenFile: credentials.token('resources'),
        sweepTokenFile: credentials.token('resources-sweep'),
        keyTokenFile: credentials.token('keys'),
        versions: { kubernetes: KUBERNETES, postgres: String(postgres) },
      }

/** The process node enforces no network policies, and of a cluster of somebody else's nobody has shown it. */
const enforcesPolicies = ({ outside, containers }: RegionContext): boolean =>
  !outside.cluster && containers?.policies === true

/** The region `local-1` of this estate: its own parts, or those configured to be somebody else's. */
export function regionOf(context: RegionContext): RegionFile {
  const { credentials, ports, outside } = context
  const url = (port: number) => `http://127.0.0.1:${port}`
  const stackTarget = stackTargetOf(context)
  return {
    name: 'local-1',
    target: 'local',
    domain: DOMAIN,
    settings: {
      kubeconfig: outside.cluster?.kubeconfig ?? credentials.kubeconfig('worker'),
      sweepKubeconfig: outside.cluster?.sweepKubeconfig ?? credentials.kubeconfig('sweep'),
      productDatabaseUrlFile: credentials.url('products-admin'),
      sweepDatabaseUrlFile: credentials.url('products-sweep'),
      gatewayUrl: outside.cluster?.gatewayUrl ?? url(ports.gateway),
      edgeUrl: url(ports.edge),
      edgeAdminUrl: url(ports.daemon),
      edgeTokenFile: credentials.token('edge'),
      sweepEdgeTokenFile: credentials.token('edge-sweep'),
      accessKubeconfig: outside.cluster ? outside.cluster.accessKubeconfig : credentials.kubeconfig('access'),
      prometheusUrl: outside.prometheus?.url ?? url(ports.prometheus),
      imageRegistryUrl: outside.cluster ? null : url(context.containers ? ports.registry : ports.daemon),
      probeImage: enforcesPolicies(context) ? `${PROBE.name}:${PROBE.tag}` : null,
      podNetwork: outside.cluster ? outside.cluster.podNetwork : podNetworkOf(context),
      facets: [...REQUIRED_FACETS, ...(enforcesPolicies(context) ? (['network'] as const) : [])],
      localProcesses: !outside.cluster,
      exportFolder: context.paths.exports,
      instances: INSTANCES,
      stacks: stackTarget === null ? 0 : STACKS,
      stackTarget,
    },
  }
}
