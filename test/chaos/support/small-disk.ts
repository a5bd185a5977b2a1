import { execFile } from 'node:child_process'
import { mkdir, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const CHUNK = 1024 * 1024
const CRUMB = 4096

export type SmallDisk = {
  /** Takes all the room that is left. */
  fill: () => Promise<void>
  /** Gives it back. */
  free: () => Promise<void>
  remove: () => Promise<void>
}

/** A file system of so many megabytes at a folder that is not there yet. Mounting one needs root. */
export async function smallDisk(folder: string, megabytes: number): Promise<SmallDisk> {
  const ballast = path.join(folder, 'ballast')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', folder])
  return {
    async fill() {
      const file = await open(ballast, 'a')
      try {
        for (const size of [CHUNK, CRUMB]) {
          const zeros = Buffer.alloc(size)
          while (await written(file.write(zeros))) continue
        }
      } finally {
        await file.close()
      }
    },
    free: () => rm(ballast),
    remove: async () => void (await run('umount', [folder])),
  }
}

async function written(write: Promise<unknown>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}
