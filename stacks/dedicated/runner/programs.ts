import { checkAwsInputs } from '../programs/aws/aws-inputs.ts'
import { awsProgram } from '../programs/aws/aws-program.ts'
import { checkLocalInputs, localProgram } from '../programs/local/local-program.ts'
import type { StackProgram } from '../programs/stack-program.ts'
import type { StackRequest } from './stack-run.ts'

/** Fails with `stack.invalid`, before the engine starts. */
export function checkProgram(program: StackRequest['program']): void {
  if (program.target === 'aws') checkAwsInputs(program.inputs, program.settings.target)
  else checkLocalInputs(program.inputs, program.settings)
}

/** Declares the resources of a stack on its target. */
export const programOf = (program: StackRequest['program']): ReturnType<StackProgram> =>
  program.target === 'aws'
    ? awsProgram(program.settings)(program.inputs)
    : localProgram(program.settings)(program.inputs)
