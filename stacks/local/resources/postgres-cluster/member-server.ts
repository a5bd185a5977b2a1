import { chown, mkdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { checkReachable } from '../../home.ts'
import { writeFileDurably } from '../../../process/write-file.ts'
import { markedEnvironment, plainEnvironment } from '../../servers/context.ts'
import type { PostgresBinaries } from '../../servers/postgres-binaries.ts'
import {
  initializeData,
  programsFor,
  removeStaleLock,
  runAs,
  writeAs,
  type DataHands,
} from '../../servers/postgres-data.ts'
import { renderSettings } from '../../servers/postgres-settings.ts'
import type { ProcessServer } from '../../servers/server.ts'
import type { ResourceContext } from '../resource-kind.ts'
import { resourceProblems } from '../resource.errors.ts'
import { clusterPaths, readPasswords, SUPERUSER } from './cluster-files.ts'
import { asSuperuser } from './connect.ts'
import { copyPrimary } from './copy-primary.ts'
import { currentRoles } from './current-roles.ts'
import type { ClusterInputs } from './inputs.ts'
import { otherThan, type MemberName } from './members.ts'
import { primaryOf, type Role } from './roles.ts'
import { hostRules, memberSettings, REPLICATION } from './settings.ts'

type Cluster = { inputs: ClusterInputs; at: ResourceContext }
type Hands = DataHands & { signal: AbortSignal }

const refusals: Partial<Record<Role, (name: MemberName) => Error>> = {
  deposed: (name) =>
    resourceProblems['postgres.deposed']({
      detail: `${otherThan(name)} was promoted over ${name}, which is left down with its data: it may hold rows that nobody else has`,
    }),
  undecided: (name) =>
    resourceProblems['postgres.undecided']({
      detail: `${name} and ${otherThan(name)} can both be written and have the same timeline: neither is started; find out which one is right, and move the other's data folder away`,
    }),
  lost: (name) =>
    resourceProblems['postgres.lost']({
      detail: `the data of ${name} is gone and there is no primary to copy: promote the standby or restore a backup; an empty one is not made, because it would look whole`,
    }),
  retired: (name) => resourceProblems['postgres.lost']({ detail: `${name} is no longer part of this cluster` }),
}

/** The member's own folder, with copies of what PostgreSQL's account must read. */
async function ensureFolder({ at }: Cluster, name: MemberName): Promise<void> {
  const paths = clusterPaths(at.folder)
  const account = at.databaseAccount
  await mkdir(paths.member(name), { recursive: true, mode: 0o700 })
  if (account) {
    await chown(paths.member(name), account.uid, account.gid)
    await checkReachable(paths.member(name), account)
  }
  const files = paths.files(name)
  const { replication } = await readPasswords(paths)
  await writeAs(files.certificate, await readFile(paths.certificate, 'utf8'), account)
  await writeAs(files.key, await readFile(paths.key, 'utf8'), account)
  await writeAs(files.authority, await readFile(paths.authority, 'utf8'), account)
  await writeAs(files.passwords, `127.0.0.1:*:*:${REPLICATION}:${replication}\n`, account)
}

/** Fills the data folder of a new member, or refuses one that must not run. */
async function ensureData(cluster: Cluster, name: MemberName, binaries: PostgresBinaries, hands: Hands): Promise<Role> {
  const { inputs, at } = cluster
  const paths = clusterPaths(at.folder)
  const roles = currentRoles(inputs, at)
  const role = roles[name]
  const refusal = refusals[role]?.(name)
  if (refusal) throw refusal
  const primary = primaryOf(roles)
  if (role === 'new-primary') {
    const { admin: password } = await readPasswords(paths)
    await initializeData({ folder: paths.member(name), binaries, superuser: SUPERUSER, password, ...hands })
  } else if (role === 'new-standby' && primary) {
    await copyPrimary(at, { primary, member: name }, binaries, hands)
  }
  if (!(await stat(paths.made).catch(() => undefined))) await writeFileDurably(paths.made, '')
  return role
}

/**
 * A standby must allow as many connections as the primary did when it wrote what is still to be replayed: it takes a lower number
 * with its next start.
 */
async function connectionsOf(
  { inputs, at }: Cluster,
  name: MemberName,
  role: Role,
  binaries: PostgresBinaries,
  hands: Hands,
) {
  if (role !== 'standby' && role !== 'new-standby') return inputs.maxConnections
  const said = await runAs(join(binaries.folder, 'pg_controldata'), ['-D', clusterPaths(at.folder).data(name)], hands)
  return Math.max(inputs.maxConnections, Number(/^max_connections setting:\s+(\d+)/m.exec(said)?.[1] ?? 0))
}

async function prepareMember(cluster: Cluster, name: MemberName, signal: AbortSignal): Promise<PostgresBinaries> {
  const { at } = cluster
  const { databaseAccount: account } = at
  const paths = clusterPaths(at.folder)
  const data = paths.data(name)
  const { throwAway } = at.record
  const hands: Hands = { account, env: markedEnvironment(at), throwAway, signal }
  await ensureFolder(cluster, name)
  const role = await ensureData(cluster, name, (await programsFor(at.env, data)).binaries, hands)
  const { binaries } = await programsFor(at.env, data) // a copy is of the primary's version, which need not be the newest
  await removeStaleLock(data)
  const settings = memberSettings({
    name,
    port: at.port(name),
    otherPort: at.port(otherThan(name)),
    maxConnections: await connectionsOf(cluster, name, role, binaries, hands),
    major: binaries.major,
    throwAway,
    files: paths.files(name),
  })
  await writeAs(join(data, 'postgresql.conf'), renderSettings(settings), account)
  await writeAs(join(data, 'pg_hba.conf'), hostRules(binaries.major), account)
  return binaries
}

/** One member of a cluster. What it is to be is read from the folders at each of its starts, so that no second primary comes up. */
export function memberServer(cluster: Cluster, name: MemberName, needs: readonly string[]): ProcessServer {
  const { at } = cluster
  return {
    kind: 'process',
    name: `${at.name}.${name}`,
    needs,
    ports: { [name]: at.port(name) },
    command: async (signal) => {
      const binaries = await prepareMember(cluster, name, signal)
      return {
        file: join(binaries.folder, 'postgres'),
        args: ['-D', clusterPaths(at.folder).data(name)],
        env: plainEnvironment(at),
        cwd: clusterPaths(at.folder).member(name),
        account: at.databaseAccount,
      }
    },
    probe: async () => {
      await asSuperuser(at, name, (client) => client.query('select 1'))
    },
    stopSignal: 'SIGINT', // fast shutdown: ends sessions, does not wait for them
    graceMs: 30_000, // a standby that does not answer is waited for, for 10 s
  }
}
