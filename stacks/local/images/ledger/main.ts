import { parseArgs } from 'node:util'
import { migrateConfig } from './config.ts'
import { migrate, MigrationError, PHASES } from './migrate.ts'
import { builtTag, releaseOf } from './release.ts'
import { serve } from './serve.ts'

const USAGE = `usage: ledger serve
       ledger migrate --phase expand|contract`

/** Exit codes: 1 another attempt may succeed, 2 wrong usage, 3 this release's migrations cannot succeed. */
const EXIT = { retry: 1, usage: 2, migration: 3 } as const

class UsageError extends Error {}

async function runMigrations(phaseName: string | undefined): Promise<void> {
  const phase = PHASES.find((candidate) => candidate === phaseName)
  if (!phase) throw new UsageError(USAGE)
  const release = releaseOf(builtTag())
  const name = `ledger ${release.tag} ${phase}`
  try {
    const applied = await migrate({ ...migrateConfig(process.env), release, phase, say: (line) => console.log(line) })
    console.log(`${name}: ${applied.length === 0 ? 'nothing to do' : `${applied.length} applied`}`)
  } catch (error) {
    // the last line is what people are shown of a failed Job, so it says everything
    const reason = error instanceof Error ? error.message : String(error)
    console.error(`${name} failed and left the schema as it was: ${reason}`)
    process.exitCode = error instanceof MigrationError ? EXIT.migration : EXIT.retry
  }
}

async function main(argv: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { phase: { type: 'string' } },
    allowPositionals: true,
  })
  const [command = 'serve', ...rest] = positionals
  if (rest.length > 0) throw new UsageError(USAGE)
  if (command === 'serve') return serve(process.env)
  if (command === 'migrate') return runMigrations(values.phase)
  throw new UsageError(USAGE)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = error instanceof UsageError || error instanceof TypeError ? EXIT.usage : EXIT.retry
}
