import { rm, writeFile } from 'node:fs/promises'
import { EXIT, Failure } from './failure.ts'

/**
 * Makes the file for a secret (0600) before the secret is made, so that none is made that cannot be kept. Throws a usage error when
 * there is one already or it cannot be made.
 */
export async function reserve(file: string) {
  await writeFile(file, '', { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(
      EXIT.usage,
      'usage',
      `${file} cannot be made (${error.code}): name a file that does not exist yet`,
    )
  })
  return { fill: (secret: string) => writeFile(file, secret), giveUp: () => rm(file, { force: true }) }
}

/** Runs `make` with a file reserved for what it makes, when one is named; the file goes when nothing is made. */
export async function intoFile<T>(file: string | undefined, make: () => Promise<T>, secretOf: (made: T) => string) {
  if (file === undefined) return make()
  const reserved = await reserve(file)
  const made = await make().catch(async (error: unknown) => {
    await reserved.giveUp()
    throw error
  })
  await reserved.fill(secretOf(made))
  return made
}
