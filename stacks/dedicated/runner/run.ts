import type { Engine } from './engine.ts'
import type { StackEvent, StackRequest } from './stack-run.ts'
import type { StatePaths } from './state-files.ts'

/** One run of the engine: what was asked for, and what it is done with. */
export type Run = {
  request: StackRequest
  paths: StatePaths
  engine: Engine
  tell: (event: StackEvent) => void
  signal: AbortSignal
}
