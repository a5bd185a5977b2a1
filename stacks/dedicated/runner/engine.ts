import { execFile } from 'node:child_process'
import { access, constants, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { LocalWorkspace, PulumiCommand, Stack, type PulumiFn } from '@pulumi/pulumi/automation/index.js'
import { PROVIDER_NODE, TARGET_TOKEN_FILE, TARGET_URL } from '../provider/target-settings.ts'
import { programOf } from './programs.ts'
import { runnerProblems } from './runner.errors.ts'
import { LEASE_MARK, PROJECT, RUN_MARK, type StackRequest } from './stack-run.ts'
import type { Taken } from './stack-lock.ts'

const PROVIDER = fileURLToPath(new URL('../provider', import.meta.url))

/** The engine's own folders for one run: nothing of another stack or of the account is read or changed. */
export type EngineFolders = { root: string; home: string; work: string; temporary: string }

async function makeFolders(run: string): Promise<EngineFolders> {
  await rm(run, { recursive: true, force: true }) // what a killed run left
  const folders = {
    root: join(run, 'engine'),
    home: join(run, 'home'),
    work: join(run, 'work'),
    temporary: join(run, 'tmp'),
  }
  for (const folder of [join(folders.root, 'bin'), folders.home, folders.work, folders.temporary]) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  }
  return folders
}

async function checkPassphrase({ passphraseFile }: StackRequest): Promise<void> {
  const text = await readFile(passphraseFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const detail = `${passphraseFile}: ${error.code ?? 'cannot be read'}`
    throw runnerProblems['stack.settings-invalid']({ detail })
  })
  if (text.trim() !== '') return
  throw runnerProblems['stack.settings-invalid']({ detail: `${passphraseFile} holds no passphrase` })
}

/** Fails with `pulumi.missing`. */
async function commandOf({ pulumi }: StackRequest, { root }: EngineFolders): Promise<PulumiCommand> {
  try {
    await access(pulumi, constants.X_OK)
    await symlink(pulumi, join(root, 'bin', 'pulumi'))
    return await PulumiCommand.get({ root })
  } catch (cause) {
    throw runnerProblems['pulumi.missing']({ detail: `${pulumi} cannot be run`, cause })
  }
}

export type Engine = {
  /** Its own, for this run. */
  folder: string
  stack: Pick<Stack, 'preview' | 'previewRefresh' | 'up' | 'refresh' | 'destroy'>
  command: (args: string[], signal: AbortSignal) => Promise<void>
  close: () => Promise<void>
}

/** Makes the engine ready to work on a stack, whose state is made when it is not there. */
export async function openEngine(
  request: StackRequest,
  { store, lease }: Pick<Taken, 'store' | 'lease'>,
): Promise<Engine> {
  await checkPassphrase(request)
  const folder = join(request.stateFolder, 'runs', request.stack)
  const folders = await makeFolders(folder)
  const { backend } = store
  const program: PulumiFn = async () => programOf(request.program)
  const envVars = {
    PULUMI_BACKEND_URL: backend,
    // the file, not the words: what the engine starts inherits its environment
    PULUMI_CONFIG_PASSPHRASE_FILE: request.passphraseFile,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    TMPDIR: folders.temporary,
    [RUN_MARK]: store.name,
    ...(lease ? { [LEASE_MARK]: lease.holder } : {}),
    [PROVIDER_NODE]: process.execPath,
    ...(request.access === null
      ? {}
      : { [TARGET_URL]: request.access.url, [TARGET_TOKEN_FILE]: request.access.tokenFile }),
  }
  const pulumiCommand = await commandOf(request, folders)
  const project = {
    name: PROJECT,
    runtime: 'nodejs',
    backend: { url: backend },
    plugins: { providers: [{ name: 'steward', path: PROVIDER }] }, // never downloaded, never of another version
  }
  await writeFile(join(folders.work, 'Pulumi.yaml'), JSON.stringify(project)) // JSON is YAML
  const workspace = await LocalWorkspace.create({
    workDir: folders.work,
    pulumiHome: folders.home,
    pulumiCommand,
    envVars,
    program,
    secretsProvider: 'passphrase',
  })
  const stack = await Stack.createOrSelect(request.stack, workspace)
  // After each change the library starts the engine three times more for what the state says anyway: 1.5 s.
  stack.outputs = async () => ({})
  stack.info = async () => undefined
  return {
    folder,
    stack,
    async command(args, signal) {
      const env = { ...process.env, ...envVars, PULUMI_HOME: folders.home }
      const options = { cwd: folders.work, env, signal, killSignal: 'SIGINT' } as const
      await promisify(execFile)(request.pulumi, [...args, '--non-interactive', '--stack', request.stack], options)
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}
