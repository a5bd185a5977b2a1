import { localProgram } from '../../stacks/dedicated/programs/local/local-program.ts'
import type { LocalTarget } from '../../stacks/dedicated/programs/local/local-target.ts'
import type { StackInputs } from '../../stacks/dedicated/programs/stack-program.ts'
import { register, type RegisteredStack } from './register.ts'

export const LOCAL_TARGET: LocalTarget = { region: 'local-1', kubernetes: '1.35.4', postgres: '15' }
export const LOCAL_INPUTS: StackInputs = {
  tenant: 'acme',
  unit: 'acme',
  plan: 'enterprise',
  size: 'small',
  region: 'local-1',
  residency: ['local-1'],
  versions: { kubernetes: '1.35', postgres: '15' },
}

/** What the estate says of its resources, of all kinds at once. */
const SAID = {
  server: 'https://127.0.0.1:1',
  kubeconfig: '/k',
  host: '127.0.0.1',
  'postgres-1': 2,
  'postgres-2': 3,
  adminUrlFile: '/u',
  dataKeyPath: '/d',
  objectsPath: '/o',
}

/** Runs the local program without an engine, and tells all that it registered. */
export const registeredLocalStack = (
  inputs: StackInputs = LOCAL_INPUTS,
  target: LocalTarget = LOCAL_TARGET,
): Promise<RegisteredStack> =>
  register(
    (options) => localProgram(target, options)(inputs),
    (_type, _name, given) => ({ ...given, outputs: SAID }),
  )
