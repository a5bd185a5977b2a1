import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { estateProblems } from '../estate.errors.ts'
import { acquireLock } from '../../process/lock.ts'
import { GO_HINT, goVersion, isGoEnough, runGo } from './go.ts'
import { findInCache, type Located } from './locate.ts'
import { buildArguments, type Part } from './parts.ts'

export type BuildOptions = {
  env: NodeJS.ProcessEnv
  signal: AbortSignal
  /** Told when another estate is building the same part. */
  onWait?: (pid: number | undefined) => void
}

/** Throws `toolchain.go-missing` unless a Go that can build is on PATH. */
export async function requireGo(env: NodeJS.ProcessEnv): Promise<void> {
  const version = await goVersion(env)
  if (version && isGoEnough(version)) return
  const found = version ? `this machine has ${version.text}` : 'there is none on PATH'
  throw estateProblems['toolchain.go-missing']({ detail: `${GO_HINT} (${found})` })
}

async function removeHalfBuilt(folder: string): Promise<void> {
  const prefix = `${basename(folder)}.building-`
  const names = await readdir(dirname(folder))
  await Promise.all(
    names.filter((name) => name.startsWith(prefix)).map((name) => rm(join(dirname(folder), name), { recursive: true })),
  )
}

/** `go mod download` checks the module against go.sum and the checksum database, and says where it unpacked it. */
async function copyModuleFiles(part: Part, recipe: string, output: string, options: BuildOptions): Promise<void> {
  if (!part.files) return
  const answer = await runGo(['mod', 'download', '-json', part.files.module], { folder: recipe, ...options })
  const { Dir } = JSON.parse(answer) as { Dir: string } // documented output of `go help mod download`
  for (const name of part.files.names) await copyFile(join(Dir, part.files.folder, name), join(output, name))
}

/**
 * Builds a part into its cache folder. Interrupted at any point it leaves no folder, and Go's own build cache resumes the
 * work next time; two builders of one part wait for each other, and the second finds it built.
 */
export async function buildPart(part: Part, recipe: string, folder: string, options: BuildOptions): Promise<Located> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o755 })
  const lock = await acquireLock(folder, `building ${part.name}`, {
    signal: options.signal,
    onWait: (holder) => options.onWait?.(holder?.pid),
  })
  try {
    const ready = await findInCache(folder, part)
    if (ready) return ready
    await requireGo(options.env)
    await removeHalfBuilt(folder)
    const output = `${folder}.building-${randomBytes(4).toString('hex')}`
    await mkdir(join(output, 'bin'), { recursive: true, mode: 0o755 })
    if (part.tools.length > 0) {
      await runGo(buildArguments(part, join(output, 'bin')), { folder: recipe, ...options })
    }
    await copyModuleFiles(part, recipe, output, options)
    await rm(folder, { recursive: true, force: true }) // incomplete by hand, or it would have been found
    await rename(output, folder)
    const built = await findInCache(folder, part)
    if (!built)
      throw estateProblems['toolchain.build-failed']({
        detail: `${folder} lacks files of ${part.name} after its build`,
      })
    return built
  } finally {
    await lock.release()
  }
}
