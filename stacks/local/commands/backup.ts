import { bringBack } from '../backup/bring-back.ts'
import { openStackBackup } from '../backup/open-stack-backup.ts'
import { takeBackup } from '../backup/take-backup.ts'
import { estateProblems } from '../estate.errors.ts'

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** Ctrl-C ends the work in order: nothing half-done stays. */
function interruptible(): AbortSignal {
  const interrupt = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => interrupt.abort(estateProblems['estate.stopped']({ detail: `ended by ${name}` })))
  return interrupt.signal
}

/** Keeps a running estate in a file and says how big it is and how long operations waited. */
export async function backup(home: string, file: string): Promise<void> {
  const { bytes, databases, objects, pausedMs } = await takeBackup({
    home,
    file,
    env: process.env,
    signal: interruptible(),
  })
  say(`${file}: ${bytes} bytes, ${databases} product databases, ${objects} objects of the cluster`)
  say(`operations waited ${(pausedMs / 1000).toFixed(1)} s; tenants were served all the while`)
  say('keep credentials/sealing.key of the home apart from it, and as long: nothing else opens it')
}

/** Puts a backup into an empty home and says how to go on. */
export async function restore(home: string, file: string, sealingKeyFile: string | undefined): Promise<void> {
  const { at, ...kept } = await bringBack({
    home,
    file,
    ...(sealingKeyFile === undefined ? {} : { sealingKeyFile }),
    env: process.env,
    signal: interruptible(),
    log: say,
  })
  say(`restored as it was at ${at}: ${kept.databases} product databases, ${kept.objects} objects of the cluster`)
  say(`go on with: npm start -- --home ${kept.home}`)
  say('operations that were open are taken up, or end as operation.lost and can be retried')
}

/** Opens a backup of a dedicated stack and says how to go on. */
export async function openBackup(home: string, store: string, object: string, file: string): Promise<void> {
  await openStackBackup({ home, store, object, file, signal: interruptible() })
  say(`${file}: a dump of PostgreSQL, opened; whoever reads it reads the tenant's data`)
  say(`see what is in it with: pg_restore --list ${file}`)
}
