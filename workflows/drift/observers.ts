import type { Config } from '../../control-plane/platform/config.ts'
import type { Looking } from '../worker/keep-looking.ts'
import { startObserver } from './observer.ts'
import { startOrphanSweeper } from '../orphans/sweeper.ts'
import { startStackObserver, type StackObserverDeps } from './stack-observer.ts'

const MINUTE_MS = 60_000

/** Everything that a worker looks at from time to time; a worker that builds no stacks looks at none. */
export function startObservers(deps: StackObserverDeps, config: Config, buildsStacks: boolean): Looking {
  const all = [
    startObserver(deps, config.STEWARD_DRIFT_UNITS_PER_MINUTE),
    startStackObserver(deps, buildsStacks ? config.STEWARD_DRIFT_STACK_MINUTES : 0),
    startOrphanSweeper(deps, {
      everyMs: config.STEWARD_ORPHAN_SWEEP_MINUTES * MINUTE_MS,
      ageMs: config.STEWARD_ORPHAN_AGE_MINUTES * MINUTE_MS,
    }),
  ]
  return { stop: async () => void (await Promise.all(all.map((one) => one.stop()))) }
}
