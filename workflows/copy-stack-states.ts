import { ConfigError, loadConfig } from '../control-plane/platform/config.ts'
import { createLogger } from '../control-plane/platform/logger.ts'
import { refuse } from '../control-plane/platform/refuse.ts'
import { copyStates } from '../stacks/dedicated/runner/state/copy-states.ts'
import { stateBucketOf } from './regions/stack-request.ts'
import { assertStateBucket } from './regions/state-bucket.ts'

/** With the configuration of a worker: copies the states of its stacks from its folder into its bucket. */
async function copy(): Promise<void> {
  const config = loadConfig(process.env, ['STEWARD_STACK_STATE', 'STEWARD_STACK_STATE_BUCKET'])
  const bucket = stateBucketOf(config)
  if (!bucket) throw new ConfigError(['STEWARD_STACK_STATE_BUCKET is not set'])
  await assertStateBucket(bucket, createLogger({ level: config.STEWARD_LOG_LEVEL, process: 'copying' }))
  const { copied, there } = await copyStates(config.STEWARD_STACK_STATE, bucket)
  console.log(`${copied} copied, ${there} were there before`)
}

await copy().catch(refuse('copying'))
