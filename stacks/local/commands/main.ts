#!/usr/bin/env node
import { CommanderError } from 'commander'
import { Problem } from '../../../control-plane/domain/problem.ts'
import { buildProgram } from './program.ts'

process.stdout.on('error', () => undefined) // a closed pipe must not keep an estate from being ended in order

try {
  await buildProgram().parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2 // it has said what is wrong, or shown the help
  } else if (error instanceof Problem) {
    process.stderr.write(`estate: ${error.code}: ${error.message}\n`)
    process.exitCode = error.code === 'configuration.invalid' || error.code === 'reset.unconfirmed' ? 2 : 1
  } else throw error
}
