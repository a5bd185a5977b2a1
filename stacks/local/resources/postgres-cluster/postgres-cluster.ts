import type { Server } from '../../servers/server.ts'
import type { ResourceContext, ResourceKind } from '../resource-kind.ts'
import { clusterPaths, ensureClusterFiles, ENDPOINT_PORT, HOST } from './cluster-files.ts'
import { currentRoles } from './current-roles.ts'
import { endpointServer } from './endpoint-server.ts'
import { parseInputs, type ClusterInputs } from './inputs.ts'
import { clusterLogins } from './logins.ts'
import { memberServer } from './member-server.ts'
import { MEMBERS, type MemberName } from './members.ts'
import { observeCluster } from './observe.ts'
import { retireMember } from './retire.ts'
import { primaryOf } from './roles.ts'

/**
 * The members that are to run, and what is done at the primary before others need it. A deposed one is there, too: it does not come
 * up and says why, and the cluster is ready without it.
 */
function clusterServers(inputs: ClusterInputs, at: ResourceContext): Server[] {
  const roles = currentRoles(inputs, at)
  const primary = primaryOf(roles)
  const cluster = { inputs, at }
  const named = (name: MemberName) => `${at.name}.${name}`
  const standbys = MEMBERS.filter((name) => roles[name] === 'standby')
  const logins = primary && clusterLogins(at, { primary, standbys }, [named(primary)])
  const servers: Server[] = [endpointServer(inputs, at), ...(logins ? [logins] : [])]
  for (const name of MEMBERS) {
    const role = roles[name]
    const follows = role === 'standby' || role === 'new-standby'
    if (role === 'retired') {
      if (logins && primary) servers.push(retireMember(at, { primary, member: name }, [logins.name]))
      continue
    }
    const server = memberServer(cluster, name, follows && logins ? [logins.name] : [])
    servers.push(role === 'deposed' ? { ...server, background: true } : server)
  }
  return servers
}

/**
 * A PostgreSQL cluster of its own: a primary and, if wanted, a standby by streaming replication, with logins, passwords and a
 * certificate authority that are nobody else's. Which of the two is the primary is read from their data, never an input.
 */
export const postgresClusterKind: ResourceKind<ClusterInputs> = {
  kind: 'postgres-cluster',
  parse: parseInputs,
  ports: [...MEMBERS, ENDPOINT_PORT],
  prepare: (_inputs, at) => ensureClusterFiles(at),
  servers: clusterServers,
  outputs: (_inputs, at) => {
    const paths = clusterPaths(at.folder)
    const ports = Object.fromEntries([...MEMBERS, ENDPOINT_PORT].map((name) => [name, at.port(name)]))
    return {
      host: HOST,
      ...ports,
      adminUrlFile: paths.adminUrl,
      sweepUrlFile: paths.sweepUrl,
      authorityFile: paths.authority,
    }
  },
  observe: observeCluster,
  change: (before, after) =>
    before.standbys === after.standbys && before.maxConnections === after.maxConnections
      ? { how: 'none' }
      : { how: 'in-place' },
}
