import { readdir, readFile } from 'node:fs/promises'
import type { Estate } from '../../../stacks/local/estate.ts'
import { withClient } from '../postgres.ts'
import { startMoto } from './moto.ts'
import {
  keepingBucket,
  keysIn,
  STATE_CREDENTIAL,
  STATE_REGION,
  stateBucket,
  type BucketByHand,
} from './state-bucket.ts'

export type EstateBuckets = {
  states: BucketByHand
  /** What the estate is started with, so that states of its stacks lie in the one bucket. */
  env: Record<string, string>
  /** From now on its exports lie in the other. */
  takeExports: (estate: Estate) => Promise<void>
  exports: () => Promise<string[]>
  /** Logs of API and worker that hold something of the credential; fails where there are none to look into. */
  logsThatTell: (estate: Estate) => Promise<string[]>
  stop: () => Promise<void>
}

/** Buckets of moto for an estate. */
export async function estateBuckets(): Promise<EstateBuckets> {
  const moto = await startMoto()
  const states = await stateBucket(moto.url, 'states', 'installation-1')
  await keepingBucket(moto.url, 'exports')
  return {
    states,
    env: {
      ...STATE_CREDENTIAL,
      STEWARD_STACK_STATE_BUCKET: 'states',
      STEWARD_STACK_STATE_BUCKET_REGION: STATE_REGION,
      STEWARD_STACK_STATE_BUCKET_PREFIX: 'installation-1',
      STEWARD_STACK_STATE_BUCKET_ENDPOINT: moto.url,
    },
    async takeExports(estate) {
      const owner = (await readFile(estate.credentials.url('plane-owner'), 'utf8')).trim()
      const place = JSON.stringify({ name: 'exports', region: STATE_REGION, endpoint: moto.url })
      const change = `update regions set settings = settings || jsonb_build_object('exportBucket', $1::jsonb)`
      await withClient(owner, (client) => client.query(change, [place]))
    },
    exports: () => keysIn(moto.url, 'exports'),
    async logsThatTell({ paths }) {
      const read = (await readdir(paths.logs)).filter((name) => /worker|api/.test(name))
      const texts = await Promise.all(read.map((name) => readFile(`${paths.logs}/${name}`, 'utf8')))
      if (texts.filter((text) => text !== '').length < 2) throw new Error('API and worker have logged nothing')
      const secrets = Object.values(STATE_CREDENTIAL)
      return read.filter((_name, at) => secrets.some((secret) => texts[at]?.includes(secret)))
    },
    async stop() {
      states.close()
      await moto.stop()
    },
  }
}
