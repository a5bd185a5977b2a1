import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { ListObjectsV2Command, type ListObjectsV2CommandOutput, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { bucketClientSettings, keyIn, sealingIn, type StateBucket } from '../../../../control-plane/domain/bucket.ts'
import { writeFileDurably } from '../../../process/write-file.ts'
import { bucketStore, isOvertaken, objectIn, told } from './bucket-store.ts'
import { folderStore, ifThere, told as toldByFolder } from './folder-store.ts'
import type { StateStore } from './state-store.ts'

const ANSWER_TIMEOUT_MS = 30_000

/**
 * All that is kept of all stacks, byte for byte, under the names that it has below a folder or the prefix of a bucket. Throws
 * `state.unreachable` and `state.refused`.
 */
export type Shelf = {
  address: (place: string) => string
  places: () => Promise<string[]>
  /** Undefined where nothing is. */
  read: (place: string) => Promise<Uint8Array | undefined>
  /** Where nothing is yet. */
  add: (place: string, body: Uint8Array) => Promise<void>
  /** The same of one stack. */
  store: (stack: string) => StateStore
  close: () => void
}

/** That of a folder, which is made where it is not there. */
export function folderShelf(folder: string): Shelf {
  return {
    address: (place) => join(folder, place),
    places: () =>
      toldByFolder(folder, async () => {
        const found = await readdir(folder, { recursive: true, withFileTypes: true })
        const files = found.filter((entry) => entry.isFile())
        return files.map(({ parentPath, name }) => relative(folder, join(parentPath, name))).toSorted()
      }),
    read: (place) => toldByFolder(join(folder, place), () => ifThere(() => readFile(join(folder, place)))),
    add: (place, body) =>
      toldByFolder(join(folder, place), async () => {
        await mkdir(dirname(join(folder, place)), { recursive: true, mode: 0o700 })
        await writeFileDurably(join(folder, place), body)
      }),
    store: (stack) => folderStore(folder, stack),
    close: () => undefined,
  }
}

/** That of a bucket; what somebody else was faster with is not written over. */
export function bucketShelf(at: StateBucket): Shelf {
  const client = new S3Client(bucketClientSettings(at, ANSWER_TIMEOUT_MS))
  const Bucket = at.name
  const address = (place: string) => `s3://${Bucket}/${keyIn(at, place)}`
  const read = async (place: string) => {
    const found = await objectIn(client, Bucket, keyIn(at, place))
    return found?.Body?.transformToByteArray()
  }
  return {
    address,
    places: () => told(`s3://${Bucket}`, () => placesIn(client, at)),
    read: (place) => told(address(place), () => read(place)),
    add: (place, Body) =>
      told(address(place), async () => {
        const object = { Bucket, Key: keyIn(at, place), Body, IfNoneMatch: '*', ...sealingIn(at) }
        try {
          await client.send(new PutObjectCommand(object))
        } catch (error) {
          const found = isOvertaken(error) ? await read(place) : undefined
          if (!found || !Buffer.from(Body).equals(found)) throw error
        }
      }),
    store: (stack) => bucketStore(at, stack),
    close: () => client.destroy(),
  }
}

async function placesIn(client: S3Client, at: StateBucket): Promise<string[]> {
  const Prefix = keyIn(at, '')
  const found: string[] = []
  for (let after: string | undefined = ''; after !== undefined;) {
    const page: ListObjectsV2CommandOutput = await client.send(
      new ListObjectsV2Command({ Bucket: at.name, Prefix, ...(after && { StartAfter: after }) }),
    )
    const keys = (page.Contents ?? []).flatMap(({ Key }) => Key ?? [])
    found.push(...keys.map((key) => key.slice(Prefix.length)))
    after = page.IsTruncated ? keys.at(-1) : undefined
  }
  return found
}
