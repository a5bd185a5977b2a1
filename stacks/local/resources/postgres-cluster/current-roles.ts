import { existsSync } from 'node:fs'
import type { ResourceContext } from '../resource-kind.ts'
import { clusterPaths } from './cluster-files.ts'
import type { ClusterInputs } from './inputs.ts'
import { MEMBERS, readMember } from './members.ts'
import { decideRoles, type Roles } from './roles.ts'

/** Who is what now, read from the folders. */
export const currentRoles = (
  { standbys }: Pick<ClusterInputs, 'standbys'>,
  at: Pick<ResourceContext, 'folder'>,
): Roles =>
  decideRoles(
    MEMBERS.map((name) => readMember(at.folder, name)),
    { standbys, wasMade: existsSync(clusterPaths(at.folder).made) },
  )
