import type { Bucket } from './bucket.ts'
import type { Facet } from './facets.ts'

/**
 * Where a region's parts are. Addresses and paths of credential files, never secrets: rows are read by more people than files.
 * `sweep*` name the separate read-only credential that checks what a removal left behind.
 */
export type RegionSettings = {
  /** Kubeconfig of the worker, and of the sweeper. */
  kubeconfig: string
  sweepKubeconfig: string
  /** Files that hold the URL of the region's product database cluster: for provisioning, and read-only for the sweeper. */
  productDatabaseUrlFile: string
  sweepDatabaseUrlFile: string
  /** Gateway that serves the HTTPRoutes of the region's shared cluster; the edge sends to it. */
  gatewayUrl: string
  /** Where customers connect, and where its routes are managed (with the token in the file). */
  edgeUrl: string
  edgeAdminUrl: string
  edgeTokenFile: string
  /** Token that only reads its routes, for sweeps and certificates; without one they use the other, and certificates say so. */
  sweepEdgeTokenFile?: string | null
  prometheusUrl: string
  /** Kubeconfig of the API, which asks for tokens of tenants' accounts with it and can do nothing else; without one it hands out none. */
  accessKubeconfig?: string | null
  /** Where tenants reach the API server, when that is not where `accessKubeconfig` says. */
  tenantAccess?: TenantAccess | null
  /** Registry (OCI) that can be asked which images the region's nodes can run; without one nothing can. */
  imageRegistryUrl?: string | null
  /** Image of the probe that sends from tenant to tenant when isolation is measured; without one nothing is sent. */
  probeImage?: string | null
  /** Pod addresses as the API states them and as this machine reaches them (EndpointSlices refuse loopback); null: the same. */
  podNetwork: { advertised: string; reachable: string } | null
  /** What of a private tenant the region really keeps apart: what a plan asks for beyond it is refused. */
  facets: Facet[]
  /** Pods are processes of the machine that the workers run on, so that what a removal left of them can be looked for there. */
  localProcesses?: boolean
  /** Folder, on a disk of the region, in which sealed exports are kept; API and worker reach it under this path. Without one nothing is exported. */
  exportFolder?: string | null
  /** A bucket in its place; where one is named, the folder is not used. */
  exportBucket?: ExportBucket | null
  /** Days that an export is kept; 30 when left out. */
  exportRetentionDays?: number | null
  /** Days that a backup of a dedicated stack is kept; 14 when left out. The newest that was verified always is. */
  backupRetentionDays?: number | null
  /** How many instances fit. */
  instances: number
  /** How many dedicated stacks can be built here; left out, none. */
  stacks?: number
  /** Where stacks are built; without one none can be. */
  stackTarget?: StackTarget | null
}

/** A bucket that sealed exports are kept in. `region`: of AWS, where the region's data may be; a bucket that lies elsewhere is refused. */
export type ExportBucket = Bucket

/** What a region's stacks are built of: resources of an estate, at the versions that it runs. */
export type StackTarget = {
  target: 'local'
  /** Where resources are asked for, with the token in the file; the other one can only look. */
  url: string
  tokenFile: string
  sweepTokenFile: string
  /** Uses keys of tenants and does nothing else, for API and worker; without one what tenants export is sealed for the plane alone. */
  keyTokenFile?: string
  /** Kubernetes as a whole version (`1.35.4`), PostgreSQL as a major one (`17`). */
  versions: { kubernetes: string; postgres: string }
}

/** Where a dedicated stack has its own parts: its program's outputs. What it does not name is the region's. */
export type StackAccess = Pick<
  RegionSettings,
  | 'kubeconfig'
  | 'sweepKubeconfig'
  | 'productDatabaseUrlFile'
  | 'sweepDatabaseUrlFile'
  | 'gatewayUrl'
  | 'podNetwork'
  | 'accessKubeconfig'
> & {
  /** Digest of what those files hold: a stack that is built again has other credentials in the same places. */
  credentials?: string
}

/** Where a unit's parts are: the region's, or a stack's own in their place. */
export const settingsOf = (region: RegionSettings, access: StackAccess | null): RegionSettings => ({
  ...region,
  ...(access && { tenantAccess: null }), // what leads tenants to the shared cluster leads to no stack
  ...access,
})

/** An address of the API server for tenants; `certificateAuthority` is PEM, null where every machine trusts the certificate. */
export type TenantAccess = { server: string; certificateAuthority: string | null }

/** The address at which a pod can be reached from here. */
export function reachablePodAddress(settings: Pick<RegionSettings, 'podNetwork'>, podIp: string): string {
  const { podNetwork } = settings
  return podNetwork && podIp.startsWith(podNetwork.advertised)
    ? podNetwork.reachable + podIp.slice(podNetwork.advertised.length)
    : podIp
}
