import { backupsSuite } from '../../test/support/backups-suite.ts'
import { fakeRegion } from '../../test/support/fake-region.ts'
import { REGION_SETTINGS } from '../../test/support/region-settings.ts'

/** The fake that workflows are tested with keeps what the real one promises. */
const { backups, world } = fakeRegion()
world.stacks.set('acme', 'p 10')
world.keys.set('acme-key', { newest: 1, ended: new Set() })
world.databases.set('stack_acme', new Set(['a tenant']))
backupsSuite(() => ({
  backups,
  site: { stack: 'acme', database: 'stack_acme', settings: REGION_SETTINGS },
  other: { stack: 'storeless', database: 'stack_acme', settings: REGION_SETTINGS },
  rotateTo: async (newest) => void world.keys.set('acme-key', { newest, ended: new Set() }),
}))
