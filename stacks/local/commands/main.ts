#!/usr/bin/env node
import { Problem } from '../../../control-plane/domain/problem.ts'
import { buildProgram } from './program.ts'

try {
  await buildProgram().parseAsync()
} catch (error) {
  if (!(error instanceof Problem)) throw error
  process.stderr.write(`estate: ${error.code}: ${error.message}\n`)
  process.exitCode = error.code === 'configuration.invalid' || error.code === 'reset.unconfirmed' ? 2 : 1
}
