import { run } from './program.ts'
import { builtTag } from './release.ts'

process.exitCode = await run(process.argv.slice(2), process.env, builtTag())
