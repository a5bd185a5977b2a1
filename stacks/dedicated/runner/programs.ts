import { checkLocalInputs, localProgram } from '../programs/local/local-program.ts'
import type { StackProgram } from '../programs/stack-program.ts'
import type { StackRequest } from './stack-run.ts'

/** Fails with `stack.invalid`, before the engine starts. */
export const checkProgram = ({ settings, inputs }: StackRequest['program']): void => checkLocalInputs(inputs, settings)

/** Declares the resources of a stack on its target. */
export const programOf = ({ settings, inputs }: StackRequest['program']): ReturnType<StackProgram> =>
  localProgram(settings)(inputs)
