import { readFile, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { Problem } from '../../../control-plane/domain/problem.ts'
import {
  containersInstallCommand,
  findContainerTools,
  machineFaults,
  showsBridgedFrames,
} from '../containers/machine.ts'
import type { NodeKind } from '../containers/network.ts'
import { type Finding, renderFindings } from '../../preflight/finding.ts'
import { homeHolder } from '../home-lock.ts'
import { defaultCache, homePaths, readRecord } from '../home.ts'
import { checkPorts, chooseAnotherBase, DEFAULT_PORT_BASE, portsFrom } from '../ports.ts'
import { databaseAccount, isRoot } from '../../process/account.ts'
import { findPostgres, installCommand } from '../servers/postgres-binaries.ts'
import { GO_HINT, goVersion, isGoEnough } from '../toolchain/go.ts'
import { cacheFolder, findInCache, findPartOnPath, readLockFiles } from '../toolchain/locate.ts'
import { RECIPES } from '../toolchain/obtain.ts'
import { partsFor } from '../toolchain/parts.ts'
import { findPython, pythonInstallCommand } from '../toolchain/python.ts'

export type DoctorFlags = { home: string; portBase?: number; node?: NodeKind }

const NODE_MINIMUM = 24
const GIGABYTE = 1e9
/** What a home takes in its first weeks, and what sources, build cache and results of all parts take. */
const HOME_BYTES = 2 * GIGABYTE
const BUILD_BYTES = 12 * GIGABYTE

const os = () => readFile('/etc/os-release', 'utf8').catch(() => '')

function checkSystem(): Finding[] {
  const version = process.versions.node
  const node =
    Number(version.split('.')[0]) >= NODE_MINIMUM
      ? {}
      : { fix: `run it by npm, which brings Node ${NODE_MINIMUM}: npm ci && npm run estate -- doctor` }
  const linux =
    process.platform === 'linux' ? {} : { fix: 'use a Linux machine: the estate needs the whole of 127.0.0.0/8' }
  return [
    { what: 'system', found: `${process.platform} ${process.arch}`, ...linux },
    { what: 'Node', found: version, ...node },
  ]
}

async function missingParts(env: NodeJS.ProcessEnv, node: NodeKind): Promise<string[]> {
  const missing: string[] = []
  for (const part of partsFor(node)) {
    const folder = cacheFolder(defaultCache(env), part, await readLockFiles(RECIPES, part))
    if (!(await findInCache(folder, part)) && !(await findPartOnPath(part, env))) missing.push(part.name)
  }
  return missing
}

async function checkToolchain(env: NodeJS.ProcessEnv, node: NodeKind): Promise<Finding[]> {
  const missing = await missingParts(env, node)
  if (missing.length === 0) return [{ what: 'toolchain', found: 'complete' }]
  const go = await goVersion(env)
  const fix = go && isGoEnough(go) ? {} : { fix: GO_HINT }
  return [
    { what: 'toolchain', found: `to be built at the first start: ${missing.join(', ')}` },
    { what: 'Go', found: go?.text ?? 'none', ...fix },
    await checkSpace('space for the build', dirname(defaultCache(env)), BUILD_BYTES),
  ]
}

async function checkPostgres(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const found = await findPostgres(env, await os()).then(
    ({ major, folder }): Finding => ({ what: 'PostgreSQL', found: `${major} in ${folder}` }),
    async (): Promise<Finding> => ({
      what: 'PostgreSQL',
      found: 'no version 15 or newer',
      fix: installCommand(await os()),
    }),
  )
  if (!isRoot()) return [found]
  const account = await databaseAccount()
  const fix = account ? {} : { fix: 'sudo useradd --system --no-create-home postgres' }
  return [found, { what: 'database account', found: account?.name ?? 'none', ...fix }]
}

/** What containers take; said of every machine, a fault only where they are wanted. */
async function checkContainers(env: NodeJS.ProcessEnv, node: NodeKind): Promise<Finding> {
  const what = node === 'containers' ? 'containers' : 'containers (only with --node containers)'
  const faults = await machineFaults()
  const { missing } = await findContainerTools(env)
  if (faults.length === 0 && missing.length === 0) {
    const apart = (await showsBridgedFrames()) ? '' : '; network policies open nothing without: modprobe br_netfilter'
    return { what, found: `can be run${apart}` }
  }
  const fixes = [...faults, ...(missing.length > 0 ? [containersInstallCommand(missing)] : [])]
  const found = missing.length > 0 ? `missing ${missing.join(', ')}` : 'cannot be run here'
  return node === 'containers'
    ? { what, found, fix: fixes.join('; ') }
    : { what, found: `${found}: ${fixes.join('; ')}` }
}

/** What tests of the AWS adapters take; no estate needs it, so its absence is said and is no fault. */
async function checkPython(env: NodeJS.ProcessEnv): Promise<Finding> {
  const what = 'Python with venv (only for npm run test:thorough)'
  const python = await findPython(env)
  return { what, found: python?.version ?? `none: ${pythonInstallCommand(await os())}` }
}

/** Free space of the file system a folder is or will be on. */
async function checkSpace(what: string, folder: string, needed: number): Promise<Finding> {
  let at = folder
  for (;;) {
    const stats = await statfs(at).catch(() => undefined)
    if (stats) {
      const free = stats.bavail * stats.bsize
      const fix =
        free >= needed
          ? {}
          : {
              fix: `free ${Math.ceil((needed - free) / GIGABYTE)} GB on the file system of ${at}, or choose another with --home or STEWARD_CACHE`,
            }
      return { what, found: `${Math.floor(free / GIGABYTE)} GB free at ${at}`, ...fix }
    }
    at = dirname(at)
  }
}

function checkLoopback(): Promise<Finding> {
  const address = '127.244.0.1' // pods listen in 127.244.0.0/16
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) =>
      resolve({ what: 'loopback', found: error.message, fix: 'sudo ip address add 127.0.0.1/8 dev lo' }),
    )
    server.listen({ host: address, port: 0 }, () =>
      server.close(() => resolve({ what: 'loopback', found: '127.0.0.0/8 can be used' })),
    )
  })
}

async function checkEstate(flags: { home: string; portBase?: number }): Promise<Finding[]> {
  const paths = homePaths(flags.home)
  const holder = await homeHolder(paths.home)
  if (holder)
    return [{ what: 'estate', found: `${paths.home} is running (process ${holder.pid}); its ports are not checked` }]
  const base = flags.portBase ?? (await readRecord(paths))?.portBase ?? DEFAULT_PORT_BASE
  const ports = portsFrom(base)
  return checkPorts(ports, chooseAnotherBase(ports)).then(
    () => [{ what: 'ports', found: `${base} to ${base + 19} are free` }],
    (error: unknown) => [
      { what: 'ports', found: 'in use', fix: error instanceof Problem ? error.message : String(error) },
    ],
  )
}

/** Looks at everything an estate needs of its machine. */
export async function examine(flags: DoctorFlags, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const node = flags.node ?? (await readRecord(homePaths(flags.home)))?.node ?? 'process'
  return [
    ...checkSystem(),
    ...(await checkPostgres(env)),
    ...(await checkToolchain(env, node)),
    await checkContainers(env, node),
    await checkPython(env),
    await checkSpace('space for the state', homePaths(flags.home).home, HOME_BYTES),
    await checkLoopback(),
    ...(await checkEstate(flags)),
  ]
}

/** Checks this machine and prints the findings; the exit code is 1 when anything is missing. */
export async function doctor(flags: DoctorFlags): Promise<void> {
  const findings = await examine(flags, process.env)
  for (const line of renderFindings(findings)) process.stdout.write(`${line}\n`)
  if (findings.some(({ fix }) => fix)) process.exitCode = 1
}
