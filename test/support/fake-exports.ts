import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { storeProblems, type ExportStore } from '../../control-plane/platform/export-folder.ts'
import type { World } from './fake-world.ts'

/** A store for exports in memory. */
export function fakeExports({ exports }: World): ExportStore {
  return {
    async put(key, content) {
      const pieces: Uint8Array[] = []
      for await (const piece of content) pieces.push(piece)
      if (exports.full) throw storeProblems['export.store-full']()
      exports.set(key, Buffer.concat(pieces))
      return {
        bytes: Buffer.concat(pieces).length,
        sha256: createHash('sha256').update(Buffer.concat(pieces)).digest('hex'),
      }
    },
    get: async (key) => Readable.from(exports.get(key) ?? []),
    remove: async (key) => void exports.delete(key),
    list: async () => [...exports.keys()],
    assertThere: async () => {},
  }
}
