import type { EstateContext } from '../servers/context.ts'
import type { AnyKind } from './resource-kind.ts'

/** What an estate offers: a cluster of its own, a database pair and so on, each listed here once it is there. */
export const resourceKinds = (_context: Pick<EstateContext, 'containers'>): readonly AnyKind[] => []
