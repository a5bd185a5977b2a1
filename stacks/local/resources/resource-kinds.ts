import type { EstateContext } from '../servers/context.ts'
import { backupStoreKind } from './backup-store/backup-store.ts'
import { keyKind } from './key/key.ts'
import { postgresClusterKind } from './postgres-cluster/postgres-cluster.ts'
import { anyKind, type AnyKind } from './resource-kind.ts'

/** What an estate offers: a cluster of its own, a database pair and so on, each listed here once it is there. */
export const resourceKinds = (_context: Pick<EstateContext, 'containers'>): readonly AnyKind[] => [
  anyKind(postgresClusterKind),
  anyKind(keyKind),
  anyKind(backupStoreKind),
]
