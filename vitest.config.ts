import { defineConfig } from 'vitest/config'

const folders = ['control-plane', 'workflows', 'stacks', 'charts', 'test']
const files = (suffix: string) => folders.map((folder) => `${folder}/**/*.${suffix}.ts`)
const postgres = { globalSetup: ['test/support/global-postgres.ts'] }
const temporal = { globalSetup: [...postgres.globalSetup, 'test/support/global-temporal.ts'] }

/** One project per kind of test: what it needs is what tells the kinds apart. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: files('test'), pool: 'threads', testTimeout: 60_000 } },
      { test: { name: 'integration', include: files('it'), ...postgres, testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: 'workflow', include: files('wf'), ...temporal, testTimeout: 120_000, hookTimeout: 120_000 } },
      {
        test: {
          name: 'e2e',
          include: files('e2e'),
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'faults',
          include: files('faults'),
          fileParallelism: false,
          maxConcurrency: 10, // they wait for heartbeats to fail
          testTimeout: 1_200_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'containers',
          include: files('containers'),
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
})
