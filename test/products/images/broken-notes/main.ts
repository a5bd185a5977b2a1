import { runMigrations } from '../notes/program.ts'
import { builtTag } from '../notes/release.ts'
import { migrationsOf } from '../notes/schema.ts'
import { serve } from '../notes/serve.ts'
import { broken, brokenMigrations, flawOf } from './flaws.ts'

const tag = builtTag()
const flaw = flawOf(tag)
const [command, ...rest] = process.argv.slice(2)
if (flaw?.abrupt) process.once('SIGTERM', () => process.exit(0))
if (command === 'migrate') {
  const exit = rest.includes('contract') ? flaw?.contractExit : undefined
  process.exitCode = exit ?? (await runMigrations(rest, process.env, brokenMigrations(flaw, migrationsOf(tag))))
} else await serve({ ...process.env, ...flaw?.env }, tag, broken(flaw))
