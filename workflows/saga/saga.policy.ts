import { processOf, type OperationKind } from '../../control-plane/domain/operation-kinds.ts'
import type { UnitKind } from '../../control-plane/domain/unit-kinds.ts'
import type { OperationInput } from '../../control-plane/features/operations/operations.contract.ts'
import type { Learned } from './saga.contract.ts'

/** One step of a process as data: what it is called, how long one attempt may take, whether it can be taken back. */
export type StepPolicy = {
  /** A step of the kind (`processOf`); the activity that performs it is its name in camelCase. */
  step: string
  /** Longest time of one attempt, as Temporal reads it. An attempt that hangs is noticed sooner, by its missing heartbeats. */
  attempt: '30 seconds' | '1 minute' | '2 minutes' | '5 minutes' | '15 minutes' | '1 hour' | '6 hours'
  /** Whether an activity `undo-<step>` takes it back. */
  undo: boolean
}
export type SagaPolicy = {
  kind: OperationKind
  /** On which kind of unit the way is this one. */
  unit: UnitKind
  /** Whether an undo must know how the tenant was published before; it is then read before anything is changed. */
  learnFirst: boolean
  steps: readonly StepPolicy[]
}

export type StepInput = OperationInput & { learned: Learned }
export type StepActivity = (input: StepInput) => Promise<void>

export type Camel<Kebab extends string> = Kebab extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Kebab

type StepOf<Policy extends SagaPolicy> = Policy['steps'][number]
type UndoneStepOf<Policy extends SagaPolicy> = Extract<StepOf<Policy>, { undo: true }>
/** The activities a process needs: one per step, one per undo. A missing one does not compile. */
export type ActivitiesOf<Policy extends SagaPolicy> = {
  [Step in StepOf<Policy>['step'] as Camel<Step>]: StepActivity
} & { [Step in UndoneStepOf<Policy>['step'] as Camel<`undo-${Step}`>]: StepActivity }

/** The activity's name of a step. */
export const activityName = (step: string): string =>
  step.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

/** The step's name of an activity. */
export const stepName = (activity: string): string =>
  activity.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

export const undoName = (step: string): string => `undo-${step}`

/** True from the step on after whose beginning nothing turns back: its effect cannot be taken back, so the way is forward only. */
export const isPointOfNoReturn = (policy: SagaPolicy, step: StepPolicy): boolean =>
  processOf(policy.kind, policy.unit).pointOfNoReturn === step.step

/** What to take back after `begun`, last first. Each noted before it ran: one that timed out may still have happened. */
export const undoOrder = (begun: readonly StepPolicy[]): readonly StepPolicy[] =>
  begun.filter((step) => step.undo).toReversed()
