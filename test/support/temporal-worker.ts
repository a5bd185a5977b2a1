import { homedir } from 'node:os'
import path from 'node:path'
import { DefaultLogger, Runtime } from '@temporalio/worker'

/** Where bundles are kept between runs; the same place as the worker's own. */
export const TEST_CACHE =
  process.env['STEWARD_CACHE'] ?? path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'steward')

/** Lets the SDK say nothing: what a test needs to know it reads from the records. */
export function quietRuntime(): void {
  try {
    Runtime.install({
      logger: new DefaultLogger('ERROR', () => {}),
      telemetryOptions: { logging: { filter: 'off', forward: {} } },
    })
  } catch {
    // installed by an earlier file of this process
  }
}
