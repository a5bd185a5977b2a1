import { createInterface } from 'node:readline/promises'
import type { NodeKind } from '../containers/network.ts'
import { startEstate, stopEstate, type Estate, type EstateOptions } from '../estate.ts'
import { estateProblems } from '../estate.errors.ts'
import { endLeftovers } from '../daemon/leftovers.ts'
import { homeHolder } from '../home-lock.ts'
import { deleteHome, homePaths, readRecord } from '../home.ts'

export type StartFlags = { home: string; portBase?: number; throwAway?: boolean; node?: NodeKind; without: string[] }

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const optionsOf = ({ home, portBase, throwAway, node, without }: StartFlags): EstateOptions => ({
  home,
  without,
  log: say,
  ...(portBase === undefined ? {} : { portBase }),
  ...(throwAway === undefined ? {} : { throwAway }),
  ...(node === undefined ? {} : { node }),
})

/** What a person needs to go on: address, way in, place of state. */
export function summary(estate: Pick<Estate, 'home' | 'urls' | 'credentials'>, without: readonly string[]): string[] {
  const lines = without.includes('api')
    ? []
    : [
        `  API       ${estate.urls.api}`,
        `  log in    npm run -s steward -- login --url ${estate.urls.api} --token-file ${estate.credentials.operatorToken}`,
      ]
  return [
    ...lines,
    `  edge      ${estate.urls.edge} (tenants as http://<slug>.localhost:${new URL(estate.urls.edge).port})`,
    `  state     ${estate.home}`,
  ]
}

/** Runs an estate in the foreground until Ctrl-C; exits non-zero when it ends by itself. */
export async function start(flags: StartFlags): Promise<void> {
  const interrupt = new AbortController()
  const interrupted = new Promise<'asked'>((resolve) => {
    interrupt.signal.addEventListener('abort', () => resolve('asked'))
  })
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!interrupt.signal.aborted) say('stopping …')
      interrupt.abort(estateProblems['estate.stopped']())
    })
  }
  const first = await startEstate({ ...optionsOf(flags), signal: interrupt.signal }).catch((error: unknown) => {
    if (!interrupt.signal.aborted) throw error
  })
  if (!first) return say('stopped; nothing is left running')
  for (const line of [
    '',
    `Steward is ready after ${(first.startedInMs / 1000).toFixed(1)} s.`,
    ...summary(first, flags.without),
  ])
    say(line)
  say('Ctrl-C ends all of it; the state stays.')
  const how = await Promise.race([
    interrupted,
    first.exited.then((code) => (code === 0 ? 'ended elsewhere' : 'failed')),
  ])
  await first.stop()
  if (how === 'asked') return say('stopped; nothing is left running')
  if (how === 'ended elsewhere') return say('ended by "npm run estate -- down"; nothing is left running')
  throw estateProblems['estate.failed']({ detail: `the daemon ended by itself; see ${first.paths.logs}/daemon.log` })
}

/** Starts an estate in the background and returns once it is ready. */
export async function up(flags: StartFlags): Promise<void> {
  const estate = await startEstate({ ...optionsOf(flags), attached: false })
  for (const line of [`estate up (process ${estate.pid})`, ...summary(estate, flags.without)]) say(line)
  say(`  end it    npm run estate -- down --home ${estate.home}`)
}

/** Ends a home's estate. Ending one that does not run is no fault. */
export async function down(home: string): Promise<void> {
  const { wasRunning, leftovers } = await stopEstate(home)
  if (leftovers > 0) say(`ended ${leftovers} processes that a killed daemon had left behind`)
  say(wasRunning ? 'estate down' : 'the estate was not running')
}

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return (await terminal.question(question)).trim() === 'yes'
  } finally {
    terminal.close()
  }
}

/** Deletes all state of a stopped estate after asking. Fails with `home.running`, `home.foreign`, `reset.unconfirmed`. */
export async function reset(home: string, yes: boolean): Promise<void> {
  const paths = homePaths(home)
  const record = await readRecord(paths)
  if (await homeHolder(paths.home)) {
    const detail = `${paths.home} is running: end it first with "npm run estate -- down --home ${paths.home}"`
    throw estateProblems['home.running']({ detail })
  }
  if (record && !yes && !(await confirm(`Delete all state in ${paths.home}, databases included? Type yes: `))) {
    const detail = `nothing was deleted; answer yes, or give --yes where nobody can answer`
    throw estateProblems['reset.unconfirmed']({ detail })
  }
  if (record) await endLeftovers(paths, record)
  await deleteHome(paths)
  say(`deleted the estate in ${paths.home}`)
}
