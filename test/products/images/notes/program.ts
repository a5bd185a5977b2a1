import { Impossible, migrate } from './migrate.ts'
import { type Migration, migrationsOf, PHASES } from './schema.ts'
import { type Environment, serve } from './serve.ts'

/** 1: another attempt may succeed; 2: wrong usage; 3: this release's migrations cannot succeed (product contract). */
const EXIT = { done: 0, again: 1, usage: 2, impossible: 3 } as const

/** The exit code of `notes serve` and of `notes migrate --phase expand|contract`. */
export async function run(argv: readonly string[], env: Environment, version: string): Promise<number> {
  const [command = 'serve', ...rest] = argv
  if (command === 'migrate') return runMigrations(rest, env, migrationsOf(version))
  if (command !== 'serve') return EXIT.usage
  await serve(env, version)
  return EXIT.done
}

/** The exit code of the migration with these arguments. */
export async function runMigrations(
  [flag, name]: readonly string[],
  env: Environment,
  migrations: readonly Migration[],
): Promise<number> {
  const phase = PHASES.find((one) => one === name)
  const { MIGRATION_DATABASE_URL: ownerUrl, DATABASE_URL: appUrl } = env
  if (flag !== '--phase' || phase === undefined || ownerUrl === undefined || appUrl === undefined) return EXIT.usage
  try {
    const appRole = decodeURIComponent(new URL(appUrl).username)
    const applied = await migrate({ ownerUrl, appRole, migrations, phase })
    console.log(`${phase}: ${applied.join(', ') || 'nothing to do'}`)
    return EXIT.done
  } catch (error) {
    console.error(`${phase} failed: ${error instanceof Error ? error.message : String(error)}`) // the last line is what people are shown
    return error instanceof Impossible ? EXIT.impossible : EXIT.again
  }
}
