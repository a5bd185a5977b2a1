import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { defaultCache } from '../../../stacks/local/home.ts'
import { findPython, pythonInstallCommand } from '../../../stacks/local/toolchain/python.ts'

const run = promisify(execFile)
const REQUIREMENTS = path.join(import.meta.dirname, 'requirements.txt')
const INSTALL_WITHIN_MS = 280_000

/**
 * The Python of a virtual environment with moto, at the versions of `requirements.txt`. Made once per machine, in the cache beside the
 * toolchain; one that was broken off is never found, because its folder gets its name at the end.
 */
export async function motoPython(): Promise<string> {
  const python = await findPython(process.env)
  if (!python) {
    const hint = pythonInstallCommand(await readFile('/etc/os-release', 'utf8').catch(() => ''))
    throw new Error(`tests of the AWS adapters need Python with virtual environments: ${hint}`)
  }
  const recipe = [await readFile(REQUIREMENTS, 'utf8'), python.program, python.version, process.arch]
  const hash = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12)
  const folder = path.join(defaultCache(process.env), 'python', `moto-${hash}`)
  const made = path.join(folder, 'bin', 'python')
  if (await isThere(made)) return made
  await mkdir(path.dirname(folder), { recursive: true })
  const draft = await mkdtemp(`${folder}.`)
  try {
    await run(python.program, ['-m', 'venv', draft])
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', REQUIREMENTS]
    await run(path.join(draft, 'bin', 'python'), install, { timeout: INSTALL_WITHIN_MS, maxBuffer: 1 << 26 })
    await rename(draft, folder).catch(async (error: unknown) => {
      if (!(await isThere(made))) throw error // another test run was faster
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return made
}

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )
