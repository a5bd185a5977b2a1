import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import {
  bucketClientSettings,
  bucketFault,
  keyIn,
  sealingIn,
  type StateBucket,
} from '../../../../control-plane/domain/bucket.ts'
import { tryLock, type Lock } from '../../../process/lock.ts'
import { runnerProblems } from '../runner.errors.ts'
import { PROJECT } from '../stack-run.ts'
import { told } from './bucket-store.ts'
import { folderStore } from './folder-store.ts'

const ANSWER_TIMEOUT_MS = 30_000
/** What a run needs while it goes on, and locks of runs that are over. */
const LEFT_OUT = /^(?:runs|\.pulumi\/locks|leases)(?:\/|$)|\.new$/

/**
 * Copies what is kept of all stacks of a folder into a bucket, where it lies under the same names. What is there already is never written
 * over: the same is passed by, so that it may be repeated, and anything else fails with `state.exists` before anything is copied. Fails with
 * `stack.busy` while a run goes on, `state.unreachable` and `state.refused`. Tells how many were copied, and how many were there before.
 */
export async function copyStates(folder: string, to: StateBucket): Promise<{ copied: number; there: number }> {
  const client = new S3Client(bucketClientSettings(to, ANSWER_TIMEOUT_MS))
  const addressOf = (place: string) => `s3://${to.name}/${keyIn(to, place)}`
  const locks: Lock[] = []
  try {
    const places = await placesIn(folder)
    for (const stack of stacksAmong(places)) locks.push(await lockOf(folder, stack))
    const missing: { place: string; body: Buffer }[] = []
    for (const place of places) {
      const body = await readFile(join(folder, place))
      const found = await told(addressOf(place), () => bodyOf(client, to.name, keyIn(to, place)))
      if (found === undefined) missing.push({ place, body })
      else if (!body.equals(found))
        throw runnerProblems['state.exists']({
          detail: `${addressOf(place)} is not what ${join(folder, place)} is`,
        })
    }
    for (const { place, body: Body } of missing) {
      const put = new PutObjectCommand({
        Bucket: to.name,
        Key: keyIn(to, place),
        Body,
        IfNoneMatch: '*',
        ...sealingIn(to),
      })
      await told(addressOf(place), () => client.send(put))
    }
    return { copied: missing.length, there: places.length - missing.length }
  } finally {
    for (const lock of locks) await lock.release()
    client.destroy()
  }
}

async function placesIn(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return found
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .filter((place) => !LEFT_OUT.test(place))
    .toSorted()
}

const stacksAmong = (places: readonly string[]): string[] =>
  places.flatMap((place) => new RegExp(`^\\.pulumi/stacks/${PROJECT}/(.+)\\.json$`).exec(place)?.[1] ?? [])

async function lockOf(folder: string, stack: string): Promise<Lock> {
  const { name } = folderStore(folder, stack)
  const lock = await tryLock(name, 'copying the state')
  if (lock) return lock
  throw runnerProblems['stack.busy']({ detail: `a run works on ${name}` })
}

async function bodyOf(client: S3Client, Bucket: string, Key: string): Promise<Uint8Array | undefined> {
  try {
    return await (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToByteArray()
  } catch (error) {
    if (bucketFault(error) === 'missing') return undefined
    throw error
  }
}
