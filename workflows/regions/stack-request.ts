import type { StackTarget } from '../../control-plane/domain/region-settings.ts'
import type { StateBucket } from '../../control-plane/domain/bucket.ts'
import { ConfigError, type Config, type ConfigName } from '../../control-plane/platform/config.ts'
import type { StackSize } from '../../stacks/dedicated/programs/stack-program.ts'
import type { StackRequest } from '../../stacks/dedicated/runner/stack-run.ts'
import { stackProblems } from './stacks.errors.ts'
import type { StackSubject } from './stacks.ts'

/**
 * What the engine needs of this machine: its program, a folder, the file with the words that seal secrets in states, and the bucket that
 * states are in where it is not the folder.
 */
export type StackTools = Pick<StackRequest, 'pulumi' | 'stateFolder' | 'passphraseFile'> & {
  stateBucket: StateBucket | null
}

/**
 * From the configuration of a worker; undefined where something of it is missing. A bucket by halves would be states in a place that
 * nobody meant: throws `configuration.invalid`, which names what is missing.
 */
export function stackTools(config: Config): StackTools | undefined {
  const stateBucket = stateBucketOf(config)
  const { STEWARD_PULUMI: pulumi, STEWARD_STACK_STATE: stateFolder, STEWARD_STACK_PASSPHRASE_PATH: words } = config
  if (pulumi !== undefined && stateFolder !== undefined && words !== undefined)
    return { pulumi, stateFolder, passphraseFile: words, stateBucket }
  if (stateBucket) throw new ConfigError(missing(config, TOOLS, 'STEWARD_STACK_STATE_BUCKET'))
  return undefined
}

const TOOLS = ['STEWARD_PULUMI', 'STEWARD_STACK_STATE', 'STEWARD_STACK_PASSPHRASE_PATH'] as const
const OF_BUCKET = [
  'STEWARD_STACK_STATE_BUCKET_REGION',
  'STEWARD_STACK_STATE_BUCKET_PREFIX',
  'STEWARD_STACK_STATE_BUCKET_ENDPOINT',
  'STEWARD_STACK_STATE_BUCKET_KMS_KEY',
] as const

const missing = (config: Config, needed: readonly ConfigName[], by: ConfigName): string[] =>
  needed.filter((name) => config[name] === undefined).map((name) => `${name} is not set, and ${by} needs it`)

/** The bucket that states of stacks are in; null where none is named. Throws `configuration.invalid` where it is named by halves. */
export function stateBucketOf(config: Config): StateBucket | null {
  const { STEWARD_STACK_STATE_BUCKET: name, STEWARD_STACK_STATE_BUCKET_REGION: region } = config
  const alone = OF_BUCKET.filter((one) => config[one] !== undefined)
  if (name === undefined && alone.length === 0) return null
  if (name === undefined || region === undefined) {
    const bucket = alone.flatMap((one) => missing(config, ['STEWARD_STACK_STATE_BUCKET'], one))
    const rest =
      name === undefined ? [] : missing(config, ['STEWARD_STACK_STATE_BUCKET_REGION'], 'STEWARD_STACK_STATE_BUCKET')
    throw new ConfigError([...bucket, ...rest])
  }
  const prefix = config.STEWARD_STACK_STATE_BUCKET_PREFIX
  const endpoint = config.STEWARD_STACK_STATE_BUCKET_ENDPOINT
  const kmsKeyId = config.STEWARD_STACK_STATE_BUCKET_KMS_KEY
  return { name, region, ...(prefix && { prefix }), ...(endpoint && { endpoint }), ...(kmsKeyId && { kmsKeyId }) }
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
