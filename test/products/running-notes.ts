import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { CHECK_TENANTS } from '../../workflows/check-unit/check-tenants.ts'
import type { Pod } from '../../stacks/contract/ask.ts'
import { tenant, tenantsFolder, type LedgerDatabase } from '../support/ledger.ts'
import { freePort, until } from '../support/postgres.ts'

const PROGRAM = path.join(import.meta.dirname, 'images/broken-notes/main.ts')

/** Runs the product's migrations as an image of this tag would; its exit code. */
export async function migrateNotes(database: LedgerDatabase, tag: string, phase: string): Promise<number | null> {
  const env = { DATABASE_URL: database.appUrl, MIGRATION_DATABASE_URL: database.ownerUrl }
  const [code] = (await once(start(tag, env, ['migrate', '--phase', phase]), 'exit')) as [number | null]
  return code
}

const start = (tag: string, env: Record<string, string>, args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH: process.env['PATH'], STEWARD_IMAGE_TAG: tag, ...env },
    stdio: 'ignore',
  })

export type RunningNotes = {
  pod: Pod
  own: ReturnType<typeof tenant>
  /** Publishes the file anew, with a tenant that is not its own beside the others. Returns its revision. */
  publish: (second: boolean) => Promise<number>
  /** Tells it to stop. */
  stop: () => Promise<void>
  end: () => Promise<void>
}

/** One pod of the product, with the tenants of a check in its file; a silo has its own alone. */
export async function startNotes(database: LedgerDatabase, tag: string, mode: 'pool' | 'silo'): Promise<RunningNotes> {
  const port = await freePort()
  const own = tenant('own')
  const all = mode === 'silo' ? [own] : [own, ...Object.values(CHECK_TENANTS)]
  const folder = await tenantsFolder(all)
  const env = {
    DATABASE_URL: database.appUrl,
    TENANTS_FILE: folder.file,
    TENANCY: mode,
    UNIT_NAME: 'test',
    HOST: '127.0.0.1',
    PORT: String(port),
  }
  const child = start(tag, env, ['serve'])
  await until(async () => {
    await fetch(`http://127.0.0.1:${port}/version`)
  })
  return {
    pod: { name: 'notes-0', host: '127.0.0.1', port },
    own,
    publish: (second) => folder.write(second ? [...all, tenant('second')] : all),
    stop: async () => void child.kill('SIGTERM'),
    async end() {
      if (child.exitCode === null) {
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      }
      await folder.remove()
    },
  }
}
