import type { StateBucket } from '../../../control-plane/domain/bucket.ts'
import type { AwsTarget } from '../programs/aws/aws-target.ts'
import type { LocalTarget } from '../programs/local/local-target.ts'
import type { StackInputs, StackOutputs } from '../programs/stack-program.ts'
import type { TargetAccess } from '../provider/target-client.ts'
import type { PlainProblem } from './runner.errors.ts'

/**
 * `preview` says what `up` would do, `preview-destroy` what `destroy` would, and `drift` what `refresh` would find; none of them
 * changes anything. `reconcile` makes what drifted what the program says again, and refuses where something protected would have to
 * be made anew. `repair` makes a stack whose run was cut off ready for the next one.
 */
export type StackOperation =
  | 'preview'
  | 'up'
  | 'drift'
  | 'reconcile'
  | 'refresh'
  | 'preview-destroy'
  | 'destroy'
  | 'repair'

/** A target's program, what its stack is made of, and where. `leaving`: see `awsProgram`. */
export type ProgramRequest =
  | { target: 'local'; inputs: StackInputs; settings: LocalTarget }
  | { target: 'aws'; inputs: StackInputs; settings: { target: AwsTarget; leaving: boolean } }

/** What a run of the engine is asked for. Secrets are named by their files. */
export type StackRequest = {
  operation: StackOperation
  stack: string
  /** Of the operation that this run belongs to: once a higher one has acted on the stack, this one is refused. Null: it only looks. */
  epoch: number | null
  program: ProgramRequest
  /** Where the local target answers; null for every other. */
  access: TargetAccess | null
  /** Folder with the states of all stacks of the target; with a bucket, of what a run needs while it goes on. */
  stateFolder: string
  /** Where states are in its place. The runner finds the credential in its environment. */
  stateBucket?: StateBucket | null
  /** File with the passphrase that seals secrets in the state; 0600. */
  passphraseFile: string
  /** Path of the engine's program. */
  pulumi: string
  /**
   * Of a preview: `up` and `destroy` preview again, and do nothing when the hash differs. Once they have begun, the same run of the
   * same epoch goes on from where it was cut off: what it finds then is its own work.
   */
  planHash?: string
  /** Names of protected resources that may be replaced or deleted in this run. */
  release?: readonly string[]
  /** Milliseconds to wait for another run on the same stack. */
  waitMs?: number
  /** Milliseconds after which a runner of another machine takes over from one that is not heard of any more. */
  leaseMs?: number
}

/** One change that a preview announces. */
export type PlanStep = {
  resource: string
  type: string
  operation: string
  changed: readonly string[]
  replacedFor: readonly string[]
  /** Digest of what its inputs become; null where nothing is left of it. */
  wanted: string | null
  protected: boolean
}
/** How a resource is other than the state remembers it. Values come here as the engine shows them, secrets already hidden. */
export type ResourceDrift = {
  resource: string
  type: string
  protected: boolean
  /** It is not there any more; `fields` is then empty. */
  gone: boolean
  fields: readonly { name: string; wanted: unknown; found: unknown }[]
}
export type Plan = {
  steps: readonly PlanStep[]
  /** Says which state the steps start from: changes with every change of the state, and with nothing else. */
  serial: string
  /** Over stack, steps and serial. */
  hash: string
}

export type StackEvent =
  | { type: 'step'; phase: 'started'; resource: string; kind: string; operation: string }
  | { type: 'step'; phase: 'finished' | 'failed'; resource: string; kind: string; operation: string; seconds: number }
  | { type: 'progress'; message: string }

export type StackResult = {
  operation: StackOperation
  /** How many resources were (or would be) created, updated and so on. */
  changes: Readonly<Record<string, number>>
  outputs: StackOutputs | null
  serial: string
  /** How many resources the state holds, the stack itself and its providers not counted. */
  resources: number
  plan: Plan | null
  /** What a look without a change has found; null for other operations. */
  drift: readonly ResourceDrift[] | null
}

/** What the runner says to its parent, one JSON line each. The last is `done` or `failed`. */
export type RunnerMessage =
  | StackEvent
  | { type: 'done'; result: StackResult }
  | { type: 'failed'; problem: PlainProblem }

export const PROJECT = 'steward'
/** In the environment of everything that a run starts: what outlives it is found by that. */
export const RUN_MARK = 'STEWARD_STACK_RUN'
/** The same for what may go on only as long as one runner holds the lease of a stack. */
export const LEASE_MARK = 'STEWARD_STACK_LEASE'
