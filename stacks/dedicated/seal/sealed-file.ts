import { createReadStream } from 'node:fs'
import { writeFileDurably } from '../../process/write-file.ts'
import { open, seal } from './seal.ts'

/** A file's content; the file is opened only when somebody reads, and closed when nobody does any more. */
async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path)
}

type Way = { from: string; to: string; dataKey: Uint8Array; signal?: AbortSignal }

/** Seals a file into another, whole or not at all. */
export const sealFile = ({ from, to, dataKey, label, signal }: Way & { label: string }): Promise<void> =>
  writeFileDurably(to, seal(contentOf(from), dataKey, label), signal)

/** Opens a sealed file into another: there is no such file unless every byte of it is what was sealed. */
export const openSealedFile = ({ from, to, dataKey, signal }: Way): Promise<void> =>
  writeFileDurably(to, open(contentOf(from), dataKey), signal)
