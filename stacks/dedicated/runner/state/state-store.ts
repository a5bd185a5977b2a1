import { runnerProblems } from '../runner.errors.ts'
import { PROJECT } from '../stack-run.ts'

/**
 * Where each thing lies that is kept of a stack, below the folder or the prefix: the same in both, so that one is a copy of the other.
 * `state`: written by the engine, and by nobody else. `good`: the last state that could be read. `begun`: which plan was last found to
 * hold, and by which epoch, before its first effect. `preview`: the last one, and what it followed from. `unfinished`: there when the state
 * was refreshed and nothing was made as the program says since. `lease`: who works on it, where runners of several machines can.
 */
const PLACES = {
  state: (stack: string) => `.pulumi/stacks/${PROJECT}/${stack}.json`,
  good: (stack: string) => `good/${stack}.json`,
  fence: (stack: string) => `fences/${stack}.json`,
  begun: (stack: string) => `begun/${stack}.json`,
  preview: (stack: string) => `previews/${stack}.json`,
  unfinished: (stack: string) => `unfinished/${stack}.json`,
  lease: (stack: string) => `leases/${stack}.json`,
} as const
export type Part = keyof typeof PLACES
/** What the keeper of states writes itself. */
export type OwnPart = Exclude<Part, 'state'>

export const placeOf = (part: Part, stack: string): string => PLACES[part](stack)
/** Below which the engine leaves locks of its own. */
export const engineLocksOf = (stack: string): string => `.pulumi/locks/organization/${PROJECT}/${stack}`

/** A text as it was read. Another text has another version. */
export type Versioned = { text: string; version: string }

/**
 * What is kept of one stack. Each thing is written whole or not at all. Throws `state.unreachable` and `state.refused`; no error holds
 * anything that is secret.
 */
export interface StateStore {
  readonly stack: string
  /** Names the stack and its store on this machine: the kernel's lock, and what marks its processes. */
  readonly name: string
  /** URL that the engine is given; nothing secret in it. */
  readonly backend: string
  /** Whether runners of several machines can meet here, so that the kernel's lock is not enough. */
  readonly shared: boolean
  /** Where a thing is, for people. */
  address: (part: Part) => string
  /** Undefined when it is not there. */
  read: (part: Part) => Promise<Versioned | undefined>
  write: (part: OwnPart, text: string) => Promise<void>
  /**
   * Writes only where that version is still what is there (undefined: where nothing is), and tells the new one; undefined when somebody
   * was faster. A text that is there already counts as written: an answer may have been lost.
   */
  swap: (part: OwnPart, text: string, seen: string | undefined) => Promise<string | undefined>
  /** What is gone is no error. */
  remove: (part: OwnPart) => Promise<void>
  /** Whether a run of the engine left its own lock behind. */
  hasEngineLocks: () => Promise<boolean>
  /** Lets connections go. */
  close: () => void
}

/** The highest epoch that has acted on the stack, 0 when none has. Fails with `state.corrupt`. */
export async function readFence(store: Pick<StateStore, 'read' | 'address'>): Promise<Versioned & { epoch: number }> {
  const found = await store.read('fence')
  if (!found) return { text: '', version: '', epoch: 0 }
  const epoch = epochIn(found.text)
  if (epoch !== undefined) return { ...found, epoch }
  throw runnerProblems['state.corrupt']({ detail: `${store.address('fence')} says no epoch` })
}

function epochIn(text: string): number | undefined {
  try {
    const { epoch } = JSON.parse(text) as { epoch?: unknown }
    return typeof epoch === 'number' ? epoch : undefined
  } catch {
    return undefined
  }
}

/** Raises the fence, and tells the epoch that it is at then: a higher one where such a one has acted. */
export async function raiseFence(store: StateStore, epoch: number): Promise<number> {
  for (;;) {
    const seen = await readFence(store)
    if (seen.epoch >= epoch) return seen.epoch
    if (await store.swap('fence', JSON.stringify({ epoch }), seen.version || undefined)) return epoch
  }
}
