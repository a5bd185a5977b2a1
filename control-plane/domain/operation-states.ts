/** `waiting` is for approvals and windows: no claims are held there. The last three are final. */
export const OPERATION_STATES = ['waiting', 'queued', 'running', 'succeeded', 'failed', 'cancelled'] as const
export type OperationState = (typeof OPERATION_STATES)[number]

/** In line or at work: what admission looks at. */
export const OPEN_STATES = ['queued', 'running'] as const satisfies readonly OperationState[]
export type OpenState = (typeof OPEN_STATES)[number]

export const OPERATION_OUTCOMES = ['succeeded', 'failed', 'cancelled'] as const satisfies readonly OperationState[]
export type OperationOutcome = (typeof OPERATION_OUTCOMES)[number]

export const STEP_STATES = ['running', 'succeeded', 'failed'] as const

/** An operation ends once, in a stated outcome; nothing leaves a final state. */
export const isFinal = (state: OperationState): state is OperationOutcome =>
  (OPERATION_OUTCOMES as readonly string[]).includes(state)
