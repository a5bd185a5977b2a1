import { GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { DescribeDBInstancesCommand, type DBInstance } from '@aws-sdk/client-rds'
import type { AwsClients } from './aws-clients.ts'
import { ask, type AwsLink } from './aws-link.ts'
import { isAws } from './aws.errors.ts'

/** A database by where it is and what it is called. */
export type DatabaseAddress = { region: string; id: string }
export type DatabaseState = DatabaseAddress & {
  /** AWS's own word, for example `available`, `creating`, `modifying`. */
  status: string
  role: 'primary' | 'replica'
  /** `host:port`; null while there is none yet. */
  endpoint: string | null
  version: string
  zone: string | null
  /** The zone that takes over within the region, when there is one. */
  standbyZone: string | null
  /** Of a replica: whether it follows, in AWS's words (`replicating`, `error`, …), and by how many seconds; null: not known now. */
  replication: string | null
  lagSeconds: number | null
}
/**
 * `replicating`: one follows the other. `split`: both take writes, as between a failover and the next reseed. `alone`: one of them is
 * gone. `stopped`: there is a replica, and it does not follow. `gone`: there is neither.
 */
export type PairCondition = 'replicating' | 'stopped' | 'split' | 'alone' | 'gone'
export type DatabasePairState = {
  condition: PairCondition
  primary: DatabaseState | null
  replica: DatabaseState | null
  databases: DatabaseState[]
}

/** What the two databases of a stack are now. Roles are observed: either of them may be the primary. Throws Problems of `awsProblems`. */
export async function describePair(
  clients: AwsClients,
  addresses: readonly [DatabaseAddress, DatabaseAddress],
  link: AwsLink,
): Promise<DatabasePairState> {
  const found = await Promise.all(addresses.map((address) => describeDatabase(clients, address, link)))
  return pairOf(found.filter((each) => each !== undefined))
}

/** One database, or undefined when there is none of that name. */
export async function describeDatabase(
  clients: AwsClients,
  { region, id }: DatabaseAddress,
  link: AwsLink,
): Promise<DatabaseState | undefined> {
  const instance = await findInstance(clients, { region, id }, link)
  if (!instance) return undefined
  const state = stateOf(instance, { region, id })
  return state.role === 'replica' ? { ...state, lagSeconds: await lagOf(clients, { region, id }, link) } : state
}

/** AWS's own record of a database. */
export async function findInstance(
  clients: AwsClients,
  { region, id }: DatabaseAddress,
  link: AwsLink,
): Promise<DBInstance | undefined> {
  const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: id })
  try {
    const answer = await ask(`describe database ${id}`, link, (abortSignal) =>
      clients.in(region).rds.send(command, { abortSignal }),
    )
    return answer.DBInstances?.[0]
  } catch (error) {
    if (isAws(error, 'aws.not-found')) return undefined
    throw error
  }
}

/** Reads AWS's record. */
export function stateOf(instance: DBInstance, { region, id }: DatabaseAddress): DatabaseState {
  const source = instance.ReadReplicaSourceDBInstanceIdentifier ?? ''
  const { Address: host, Port: port } = instance.Endpoint ?? {}
  const replication = instance.StatusInfos?.find(({ StatusType }) => StatusType === 'read replication')
  return {
    region,
    id,
    status: instance.DBInstanceStatus ?? 'unknown',
    role: source === '' ? 'primary' : 'replica',
    endpoint: host ? `${host}:${port ?? 5432}` : null,
    version: instance.EngineVersion ?? 'unknown',
    zone: instance.AvailabilityZone ?? null,
    standbyZone: instance.SecondaryAvailabilityZone ?? null,
    replication: source === '' ? null : (replication?.Status ?? null),
    lagSeconds: null,
  }
}

/** What two databases are together. */
export function pairOf(databases: DatabaseState[]): DatabasePairState {
  const primaries = databases.filter(({ role }) => role === 'primary')
  const [replica = null] = databases.filter(({ role }) => role === 'replica')
  const primary = primaries.length === 1 ? (primaries[0] ?? null) : null // of two, nobody here can say which is right
  return { condition: conditionOf(databases, primaries, replica), primary, replica, databases }
}

function conditionOf(
  databases: readonly DatabaseState[],
  primaries: readonly DatabaseState[],
  replica: DatabaseState | null,
): PairCondition {
  if (databases.length === 0) return 'gone'
  if (databases.length === 1) return 'alone'
  if (primaries.length === 2) return 'split'
  // AWS leaves the word out while all is well
  return replica && (replica.replication ?? 'replicating') === 'replicating' && primaries.length === 1
    ? 'replicating'
    : 'stopped'
}

const LAG_WINDOW_MS = 5 * 60_000
const LAG_PERIOD_S = 60

/** Seconds a replica was behind at the last measurement of the past five minutes; null without one, or when it does not follow (-1). */
async function lagOf(clients: AwsClients, { region, id }: DatabaseAddress, link: AwsLink): Promise<number | null> {
  const now = Date.now()
  const command = new GetMetricStatisticsCommand({
    Namespace: 'AWS/RDS',
    MetricName: 'ReplicaLag',
    Dimensions: [{ Name: 'DBInstanceIdentifier', Value: id }],
    StartTime: new Date(now - LAG_WINDOW_MS),
    EndTime: new Date(now + 1000 * LAG_PERIOD_S),
    Period: LAG_PERIOD_S,
    Statistics: ['Maximum'],
  })
  const { Datapoints = [] } = await ask(`read the lag of ${id}`, link, (abortSignal) =>
    clients.in(region).metrics.send(command, { abortSignal }),
  )
  const latest = Datapoints.toSorted((a, b) => Number(b.Timestamp) - Number(a.Timestamp))[0]?.Maximum
  return latest === undefined || latest < 0 ? null : latest
}
