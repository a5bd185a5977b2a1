import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from 'pg'
import { memberUrl } from '../../stacks/local/resources/postgres-cluster/cluster-files.ts'
import type { MemberName } from '../../stacks/local/resources/postgres-cluster/members.ts'
import type { ClusterSeen, MemberSeen } from '../../stacks/local/resources/postgres-cluster/observe.ts'
import { postgresClusterKind } from '../../stacks/local/resources/postgres-cluster/postgres-cluster.ts'
import { emptyEstate, resourceContext } from './resource-host.ts'
import { until, withClient } from './postgres.ts'
import { runResource, type RunningResource } from './run-resource.ts'

export type TestCluster = Awaited<ReturnType<typeof testCluster>>

/** A PostgreSQL cluster `acme` of an estate in which nothing else runs. Durable, unless it is only looked at. */
export async function testCluster({ throwAway = false } = {}) {
  const home = await mkdtemp(join(tmpdir(), 'steward-cluster-'))
  await chmod(home, 0o711) // PostgreSQL's account passes through
  const estate = await emptyEstate(join(home, 'home'), { throwAway })
  const at = await resourceContext(estate, postgresClusterKind, 'acme')
  let running: RunningResource | undefined
  const current = (): RunningResource => {
    if (running) return running
    throw new Error('the cluster does not run')
  }
  const clusterUrl = (login: 'admin' | 'sweep') => readFile(join(at.folder, 'credentials', `${login}.url`), 'utf8')
  const urlOf = async (member: MemberName, login: 'admin' | 'sweep' = 'admin') =>
    memberUrl(await clusterUrl(login), at.port(member))
  const observe = () =>
    postgresClusterKind.observe(
      { standbys: 1, maxConnections: 100 },
      at,
      AbortSignal.timeout(2000),
    ) as Promise<ClusterSeen>
  const begin = async (inputs: unknown = {}) => {
    await running?.stop() // what a test did not kill would outlive it
    return (running = await runResource(postgresClusterKind, inputs, at))
  }
  return {
    at,
    current,
    /** Starts it with what its folder holds, as a daemon does; `begin` does not wait until it is ready. */
    begin,
    async start(inputs: unknown = {}) {
      const next = await begin(inputs)
      await next.started
      return next
    },
    stop: () => current().stop(),
    observe,
    /** One member as it is seen, once it is as wanted. */
    seen: (member: MemberName, wanted: (seen: MemberSeen) => void) =>
      until(async () => {
        const found = (await observe()).members[member]
        if (!found) throw new Error(`nothing is seen of ${member}`)
        wanted(found)
        return found
      }),
    urlOf,
    /** On whichever member is the primary, by the one address of both. */
    onPrimary: async <T>(work: (client: Client) => Promise<T>) => withClient((await clusterUrl('admin')).trim(), work),
    on: async <T>(member: MemberName, work: (client: Client) => Promise<T>) => withClient(await urlOf(member), work),
    async remove() {
      await running?.stop()
      await rm(home, { recursive: true, force: true })
    },
  }
}
