import { currentRoles } from './current-roles.ts'
import type { MemberName } from './members.ts'
import { primaryOf } from './roles.ts'

/** Environment variable with what the endpoint's process is told. */
export const ENDPOINT_INPUT = 'STEWARD_POSTGRES_ENDPOINT'

/** Where the cluster's data is, and where its members listen. */
export type ClusterPlace = { folder: string; standbys: 0 | 1; members: Readonly<Record<MemberName, number>> }
export type EndpointInput = ClusterPlace & { host: string; port: number }

/** Port of the member that is the primary by what the folders hold; undefined when there is none. */
export function readCluster({ folder, standbys, members }: ClusterPlace): number | undefined {
  const primary = primaryOf(currentRoles({ standbys }, { folder }))
  return primary && members[primary]
}
