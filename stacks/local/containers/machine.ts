import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { estateProblems } from '../estate.errors.ts'
import { isRoot } from '../../process/account.ts'
import { findControllers } from './cgroups.ts'

/** What the container node uses of the machine, by path. */
export type ContainerTools = { containerd: string; plugins: string }

/** Programs with the Debian package that brings each. */
const PROGRAMS = {
  containerd: 'containerd',
  'containerd-shim-runc-v2': 'containerd',
  runc: 'runc',
  ip: 'iproute2',
  nft: 'nftables',
} as const
const PLUGINS = ['bridge', 'host-local', 'loopback', 'tuning']
const PLUGIN_FOLDERS = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni']
const PLUGIN_PACKAGE = 'containernetworking-plugins'
/** Where administrators' programs are, on the PATH of an ordinary shell or not. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
const INSTALL_WITHIN_MS = 300_000

type Env = Readonly<Record<string, string | undefined>>

const isProgram = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

async function firstOf(folders: readonly string[], has: (folder: string) => Promise<boolean>) {
  for (const folder of folders) if (await has(folder)) return folder
  return undefined
}

const foldersOf = (env: Env): string[] => (env['PATH'] ?? '').split(delimiter).filter(Boolean)

/** The PATH that finds administrators' programs, too. */
export const systemPath = (env: Env): string => [...new Set([...foldersOf(env), ...SYSTEM_FOLDERS])].join(delimiter)

/** Looks for the programs; what is missing is named by package. */
export async function findContainerTools(
  env: Env,
  systemFolders: readonly string[] = SYSTEM_FOLDERS,
  pluginFolders: readonly string[] = PLUGIN_FOLDERS,
): Promise<{ tools?: ContainerTools; missing: string[] }> {
  const folders = [...foldersOf(env), ...systemFolders]
  const find = async (name: string) => {
    const folder = await firstOf(folders, (each) => isProgram(join(each, name)))
    return folder ? join(folder, name) : undefined
  }
  const programs = Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[]
  const found = Object.fromEntries(await Promise.all(programs.map(async (name) => [name, await find(name)] as const)))
  const complete = async (folder: string) =>
    (await Promise.all(PLUGINS.map((name) => isProgram(join(folder, name))))).every(Boolean)
  const plugins = await firstOf(pluginFolders, complete)
  const missing = new Set<string>(programs.filter((name) => !found[name]).map((name) => PROGRAMS[name]))
  if (!plugins) missing.add(PLUGIN_PACKAGE)
  const { containerd } = found
  if (missing.size > 0 || !containerd || !plugins) return { missing: [...missing].toSorted() }
  return { tools: { containerd, plugins }, missing: [] }
}

/** Only what is missing, and never at the price of what is there: Docker brings a containerd of its own. */
const INSTALL = ['install', '-y', '-q', '--no-install-recommends', '--no-remove']
export const containersInstallCommand = (packages: readonly string[]): string =>
  `sudo apt-get update && sudo apt-get ${INSTALL.filter((word) => word !== '-q').join(' ')} ${packages.join(' ')}`

/** Faults of the machine that no package cures; empty when containers can run. */
export async function machineFaults(): Promise<string[]> {
  if (process.platform !== 'linux') return [`the container node needs Linux, this is ${process.platform}`]
  const faults: string[] = []
  if (!isRoot()) faults.push('the container node makes namespaces, a bridge and cgroups: run it as root')
  const mounts = await readFile('/proc/self/mounts', 'utf8')
  const lacking = ['cpu', 'memory', 'pids'].filter((name) => !findControllers(mounts).has(name))
  if (lacking.length > 0)
    faults.push(`the kernel offers no cgroup controller ${lacking.join(', ')}: nothing would hold limits`)
  return faults
}

/** Whether the kernel shows frames between pods to the fence: without it they stay apart, whatever policies say. */
export const showsBridgedFrames = (): Promise<boolean> =>
  access('/proc/sys/net/bridge/bridge-nf-call-iptables').then(
    () => true,
    () => false,
  )

async function install(env: Env, packages: readonly string[], say: (line: string) => void): Promise<void> {
  const options = {
    env: { ...env, PATH: systemPath(env), DEBIAN_FRONTEND: 'noninteractive' },
    timeout: INSTALL_WITHIN_MS,
  }
  const run = (args: readonly string[]) => promisify(execFile)('apt-get', [...args], options)
  say(`installing ${packages.join(', ')}`)
  // A list of packages may be old, or not there at all: fetched only when it does not do.
  await run([...INSTALL, ...packages]).catch(async () => {
    await run(['update', '-q'])
    await run([...INSTALL, ...packages])
  })
}

/**
 * Finds what the container node needs; installs Debian packages that are missing, which as root needs no question asked. Fails with
 * `containers.unavailable`, all faults together with what to do.
 */
export async function obtainContainerTools(env: Env, say: (line: string) => void): Promise<ContainerTools> {
  const faults = await machineFaults()
  let found = await findContainerTools(env)
  if (faults.length === 0 && found.missing.length > 0) {
    const failed = await install(env, found.missing, say).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message.trim() : String(error)),
    )
    found = await findContainerTools(env)
    if (failed && found.missing.length > 0) faults.push(failed)
  }
  if (found.missing.length > 0) {
    faults.push(`missing: ${found.missing.join(', ')}; install with: ${containersInstallCommand(found.missing)}`)
  }
  if (faults.length > 0 || !found.tools) throw estateProblems['containers.unavailable']({ detail: faults.join('; ') })
  return found.tools
}
