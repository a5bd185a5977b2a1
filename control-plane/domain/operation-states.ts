/** `waiting` is for approvals and windows: no claims are held there. The last three are final. */
export const OPERATION_STATES = ['waiting', 'queued', 'running', 'succeeded', 'failed', 'cancelled'] as const
export type OperationState = (typeof OPERATION_STATES)[number]

export const OPERATION_OUTCOMES = ['succeeded', 'failed', 'cancelled'] as const
export type OperationOutcome = (typeof OPERATION_OUTCOMES)[number]

export const STEP_STATES = ['running', 'succeeded', 'failed'] as const
export type StepState = (typeof STEP_STATES)[number]

/** An operation ends once, in a stated outcome; nothing leaves a final state. */
export const isFinal = (state: OperationState): state is OperationOutcome =>
  (OPERATION_OUTCOMES as readonly string[]).includes(state)
