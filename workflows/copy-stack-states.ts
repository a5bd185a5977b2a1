import { parseArgs } from 'node:util'
import { ConfigError, loadConfig } from '../control-plane/platform/config.ts'
import { createLogger } from '../control-plane/platform/logger.ts'
import { refuse } from '../control-plane/platform/refuse.ts'
import { copyStates } from '../stacks/dedicated/runner/state/copy-states.ts'
import { bucketShelf, folderShelf } from '../stacks/dedicated/runner/state/shelf.ts'
import { stateBucketOf } from './regions/stack-request.ts'
import { assertStateBucket } from './regions/state-bucket.ts'

/** With the configuration of a worker: copies the states of its stacks from its folder into its bucket, with `--back` the other way. */
async function copy(): Promise<void> {
  const { values } = parseArgs({ options: { back: { type: 'boolean', default: false } } })
  const config = loadConfig(process.env, ['STEWARD_STACK_STATE', 'STEWARD_STACK_STATE_BUCKET'])
  const at = stateBucketOf(config)
  if (!at) throw new ConfigError(['STEWARD_STACK_STATE_BUCKET is not set'])
  if (!values.back) await assertStateBucket(at, createLogger({ level: config.STEWARD_LOG_LEVEL, process: 'copying' }))
  const [folder, bucket] = [folderShelf(config.STEWARD_STACK_STATE), bucketShelf(at)]
  try {
    const { copied, there } = values.back ? await copyStates(bucket, folder) : await copyStates(folder, bucket)
    console.log(`${copied} copied, ${there} were there before`)
  } finally {
    bucket.close()
  }
}

await copy().catch(refuse('copying'))
