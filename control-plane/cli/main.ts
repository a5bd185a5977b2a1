#!/usr/bin/env node
import { runCommandLine } from './program.ts'

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  print: (text) => process.stdout.write(`${text}\n`),
  note: (text) => process.stderr.write(`${text}\n`),
  live: process.stderr.isTTY,
  paint: (text) => process.stderr.write(text),
})
