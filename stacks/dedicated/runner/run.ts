import type { Engine } from './engine.ts'
import type { StackEvent, StackRequest } from './stack-run.ts'
import type { StateStore } from './state/state-store.ts'

/** One run of the engine: what was asked for, and what it is done with. */
export type Run = {
  request: StackRequest
  store: StateStore
  engine: Engine
  tell: (event: StackEvent) => void
  signal: AbortSignal
}
