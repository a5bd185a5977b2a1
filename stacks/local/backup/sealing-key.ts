import { readFile } from 'node:fs/promises'
import { estateProblems } from '../estate.errors.ts'

const BYTES = 32

/**
 * The sealing key of an estate: the user's own when `STEWARD_SEALING_KEY` (or `…_FILE`) is set, else the one in `file`. Fails with
 * `backup.key-missing` when there is none, `backup.key-wrong` when it is no such key.
 */
export async function readSealingKey(
  env: Readonly<Record<string, string | undefined>>,
  file: string | undefined,
): Promise<Buffer> {
  const text = env['STEWARD_SEALING_KEY'] ?? (await readIn(env['STEWARD_SEALING_KEY_FILE'] ?? file))
  const key = Buffer.from(text.trim(), 'base64url')
  if (key.length === BYTES) return key
  throw estateProblems['backup.key-wrong']({
    detail: `a sealing key has ${BYTES} bytes in base64url, this one has ${key.length}`,
  })
}

async function readIn(file: string | undefined): Promise<string> {
  const missing = (why: string) =>
    estateProblems['backup.key-missing']({
      detail: `${why}: give the sealing key of the estate that was backed up, credentials/sealing.key of its home, with --sealing-key-file`,
    })
  if (!file) throw missing('no sealing key is given')
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw missing(`${file} cannot be read (${error.code})`)
  })
}
