import type { EstateContext } from '../servers/context.ts'
import { backupStoreKind } from './backup-store/backup-store.ts'
import { keyKind } from './key/key.ts'
import { anyKind, type AnyKind } from './resource-kind.ts'

/** What an estate offers: a cluster of its own, a database pair and so on, each listed here once it is there. */
export const resourceKinds = (_context: Pick<EstateContext, 'containers'>): readonly AnyKind[] => [
  anyKind(keyKind),
  anyKind(backupStoreKind),
]
