import { REQUIRED_FACETS } from '../../../control-plane/domain/facets.ts'
import { PROBE } from '../registry/image-catalogue.ts'
import { podNetworkOf, type RegionFile } from '../region-file.ts'
import type { EstateContext } from './context.ts'

/** Tenants' hosts lie below it; RFC 6761 keeps every name of it on this machine. */
const DOMAIN = 'localhost'

/** How many instances an estate promises room for: each runs two pods, which are processes of this machine. */
const INSTANCES = 100

type RegionContext = Pick<EstateContext, 'credentials' | 'ports' | 'outside' | 'paths'> &
  Partial<Pick<EstateContext, 'containers'>>

/** The process node enforces no network policies, and of a cluster of somebody else's nobody has shown it. */
const enforcesPolicies = ({ outside, containers }: RegionContext): boolean =>
  !outside.cluster && containers?.policies === true

/** The region `local-1` of this estate: its own parts, or those configured to be somebody else's. */
export function regionOf(context: RegionContext): RegionFile {
  const { credentials, ports, outside } = context
  const url = (port: number) => `http://127.0.0.1:${port}`
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
      accessKubeconfig: outside.cluster ? outside.cluster.accessKubeconfig : credentials.kubeconfig('access'),
      prometheusUrl: outside.prometheus?.url ?? url(ports.prometheus),
      imageRegistryUrl: outside.cluster ? null : url(context.containers ? ports.registry : ports.daemon),
      probeImage: enforcesPolicies(context) ? `${PROBE.name}:${PROBE.tag}` : null,
      podNetwork: outside.cluster ? outside.cluster.podNetwork : podNetworkOf(context),
      facets: [...REQUIRED_FACETS, ...(enforcesPolicies(context) ? (['network'] as const) : [])],
      exportFolder: context.paths.exports,
      instances: INSTANCES,
    },
  }
}
