import { ConfigError, loadConfig } from '../control-plane/platform/config.ts'
import { refuse } from '../control-plane/platform/refuse.ts'
import { copyStates } from '../stacks/dedicated/runner/state/copy-states.ts'
import { stateBucketOf } from './regions/stack-request.ts'

/** With the configuration of a worker: copies the states of its stacks from its folder into its bucket. */
async function copy(): Promise<void> {
  const config = loadConfig(process.env, ['STEWARD_STACK_STATE', 'STEWARD_STACK_STATE_BUCKET'])
  const bucket = stateBucketOf(config)
  if (!bucket) throw new ConfigError(['STEWARD_STACK_STATE_BUCKET is not set'])
  const { copied, there } = await copyStates(config.STEWARD_STACK_STATE, bucket)
  console.log(`${copied} copied, ${there} were there before`)
}

await copy().catch(refuse('copying'))
