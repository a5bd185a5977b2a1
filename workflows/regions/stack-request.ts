import type { StackTarget } from '../../control-plane/domain/region-settings.ts'
import type { Config } from '../../control-plane/platform/config.ts'
import type { StackSize } from '../../stacks/dedicated/programs/stack-program.ts'
import type { StackRequest } from '../../stacks/dedicated/runner/stack-run.ts'
import { stackProblems } from './stacks.errors.ts'
import type { StackSubject } from './stacks.ts'

/** What the engine needs of this machine: its program, a folder for states, and the file with the words that seal secrets in them. */
export type StackTools = { pulumi: string; stateFolder: string; passphraseFile: string }

/** From the configuration of a worker; undefined where something of it is missing. */
export function stackTools(config: Config): StackTools | undefined {
  const { STEWARD_PULUMI: pulumi, STEWARD_STACK_STATE: stateFolder, STEWARD_STACK_PASSPHRASE_PATH: words } = config
  if (pulumi === undefined || stateFolder === undefined || words === undefined) return undefined
  return { pulumi, stateFolder, passphraseFile: words }
}

export function toolsOf(tools: StackTools | undefined): StackTools {
  if (tools !== undefined) return tools
  throw stackProblems['stack.not-configured']({
    detail: 'set STEWARD_PULUMI, STEWARD_STACK_STATE and STEWARD_STACK_PASSPHRASE_PATH of the worker',
  })
}

/** What the stacks of a region are built of. Throws `stack.target-missing`. */
export function targetOf({ region }: StackSubject): StackTarget {
  const { stackTarget } = region.settings
  if (stackTarget) return stackTarget
  throw stackProblems['stack.target-missing']({ detail: `${region.name} names nothing that stacks could be built of` })
}

/** With an epoch it acts, without it only looks. */
export type Running = StackSubject & { epoch: number | null }

/** What the engine is asked for on behalf of a stack. */
export function requestOf(tools: StackTools, order: Running): Omit<StackRequest, 'operation'> {
  const { versions, url, tokenFile } = targetOf(order)
  const { stack, plan, region, epoch, keyGeneration } = order
  const kubernetes = versions.kubernetes.split('.').slice(0, 2).join('.')
  return {
    stack,
    epoch,
    program: {
      target: 'local',
      inputs: {
        tenant: stack,
        unit: stack,
        plan,
        size: sizeOf(order),
        region: region.name,
        residency: [region.name],
        versions: { kubernetes, postgres: versions.postgres },
      },
      settings: { region: region.name, ...versions, keyGeneration },
    },
    access: { url, tokenFile },
    ...tools,
  }
}

/** The smallest database pair that takes the connections of the plan, and some for the plane beside them. */
const sizeOf = ({ connections }: StackSubject): StackSize =>
  connections <= 30 ? 'small' : connections <= 80 ? 'medium' : 'large'
