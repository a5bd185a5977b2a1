import type { EstateContext } from '../servers/context.ts'
import { backupStoreKind } from './backup-store/backup-store.ts'
import { keyKind } from './key/key.ts'
import { kubernetesCluster } from './kubernetes-cluster/kubernetes-cluster.ts'
import { postgresClusterKind } from './postgres-cluster/postgres-cluster.ts'
import { anyKind, type AnyKind } from './resource-kind.ts'

/**
 * What an estate offers. Where pods run in containers there are no clusters of their own: their pods would be processes beside them,
 * which nothing isolates.
 */
export const resourceKinds = ({ containers }: Pick<EstateContext, 'containers'>): readonly AnyKind[] => [
  ...(containers ? [] : [anyKind(kubernetesCluster)]),
  anyKind(postgresClusterKind),
  anyKind(keyKind),
  anyKind(backupStoreKind),
]
