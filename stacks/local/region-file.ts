import type { RegionSettings } from '../../control-plane/domain/region-settings.ts'
import { writeFileAtomic } from '../process/write-file.ts'

/** What seeds the region `local-1` when the API boots (`STEWARD_REGION_FILE`). */
export type RegionFile = { name: string; target: 'local'; domain: string; settings: RegionSettings }

/** Pod addresses of the process node as the cluster states them and as this machine reaches them (EndpointSlices refuse loopback). */
const PROCESS_NETWORK = { advertised: '10.244.', reachable: '127.244.' } as const

/** How this machine reaches pods; null where it reaches containers at the addresses they have. */
export const podNetworkOf = ({ containers }: { containers?: unknown }): RegionSettings['podNetwork'] =>
  containers ? null : PROCESS_NETWORK

/** Writes the region file. It holds addresses and paths only, no secret. */
export const writeRegionFile = (path: string, region: RegionFile): Promise<void> =>
  writeFileAtomic(path, `${JSON.stringify(region, null, 2)}\n`)
