import {
  CreateDBSnapshotCommand,
  DeleteDBSnapshotCommand,
  DescribeDBSnapshotsCommand,
  type DBSnapshot,
} from '@aws-sdk/client-rds'
import type { AwsClients } from './aws-clients.ts'
import { ask, awaitAws, type AwsLink, type Patience } from './aws-link.ts'
import { awsProblems, isAws } from './aws.errors.ts'
import type { DatabaseAddress } from './database-pair.ts'

export type SnapshotAddress = { region: string; id: string }
export type SnapshotState = SnapshotAddress & {
  arn: string
  database: string
  /** AWS's own word: `creating`, `available`, `failed`. */
  status: string
  /** Per cent done, from 0 to 100. */
  progress: number
  encrypted: boolean
  createdAt: Date | null
}

const PATIENCE: Patience = { everyMs: 5_000, withinMs: 4 * 3_600_000 }

/** A snapshot, or undefined when there is none of that name. Throws Problems of `awsProblems`. */
export async function describeSnapshot(
  clients: AwsClients,
  { region, id }: SnapshotAddress,
  link: AwsLink,
): Promise<SnapshotState | undefined> {
  const command = new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: id })
  try {
    const { DBSnapshots = [] } = await ask(`describe snapshot ${id}`, link, (abortSignal) =>
      clients.in(region).rds.send(command, { abortSignal }),
    )
    return DBSnapshots[0] && snapshotOf(DBSnapshots[0], { region, id })
  } catch (error) {
    if (isAws(error, 'aws.not-found')) return undefined
    throw error
  }
}

const snapshotOf = (snapshot: DBSnapshot, { region, id }: SnapshotAddress): SnapshotState => ({
  region,
  id,
  arn: snapshot.DBSnapshotArn ?? '',
  database: snapshot.DBInstanceIdentifier ?? '',
  status: snapshot.Status ?? 'unknown',
  progress: snapshot.PercentProgress ?? 0,
  encrypted: snapshot.Encrypted ?? false,
  createdAt: snapshot.SnapshotCreateTime ?? null,
})

export type NewSnapshot = {
  database: DatabaseAddress
  id: string
  tags: Readonly<Record<string, string>>
}

/**
 * Takes a snapshot and waits until it is whole, telling how far it is. Safe to repeat: one that is there already is the answer when it
 * is of this database, and `aws.foreign` when it is of another. A failed one is told as `aws.failed` and left for people to look at.
 */
export async function takeSnapshot(
  clients: AwsClients,
  { database, id, tags }: NewSnapshot,
  link: AwsLink,
  patience: Patience = PATIENCE,
): Promise<SnapshotState> {
  const { region } = database
  const at = { region, id }
  if (!(await describeSnapshot(clients, at, link))) {
    const command = new CreateDBSnapshotCommand({
      DBInstanceIdentifier: database.id,
      DBSnapshotIdentifier: id,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    })
    await ask(`take snapshot ${id}`, link, (abortSignal) =>
      clients.in(region).rds.send(command, { abortSignal }),
    ).catch((error: unknown) => {
      if (!isAws(error, 'aws.exists')) throw error // an earlier attempt whose answer was lost
    })
  }
  return awaitAws(`snapshot ${id}`, link, patience, async () => {
    const seen = await describeSnapshot(clients, at, link)
    if (!seen) return { seen: 'not visible yet' }
    if (seen.database !== database.id)
      throw awsProblems['aws.foreign']({ detail: `snapshot ${id} is of ${seen.database}, not of ${database.id}` })
    if (seen.status === 'failed') throw awsProblems['aws.failed']({ detail: `snapshot ${id} has failed` })
    return seen.status === 'available' ? { done: seen } : { seen: `${seen.status}, ${seen.progress} %` }
  })
}

/** Deletes a snapshot and waits until it is gone; one that is gone is no error. */
export async function deleteSnapshot(
  clients: AwsClients,
  { region, id }: SnapshotAddress,
  link: AwsLink,
  patience: Patience = PATIENCE,
): Promise<void> {
  const command = new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: id })
  try {
    await ask(`delete snapshot ${id}`, link, (abortSignal) => clients.in(region).rds.send(command, { abortSignal }))
  } catch (error) {
    if (!isAws(error, 'aws.not-found')) throw error
  }
  await awaitAws(`deletion of snapshot ${id}`, link, patience, async () => {
    const seen = await describeSnapshot(clients, { region, id }, link)
    return seen ? { seen: seen.status } : { done: undefined }
  })
}
