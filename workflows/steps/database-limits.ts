import type { LoginLimits } from '../../stacks/postgres/unit-database.ts'
import type { TenantFacts } from './step-deps.ts'

/** What the product's login of an instance may use, as the plan of its tenant says; undefined for a shared tenant. */
export const limitsOfLogin = ({ compute, limits }: Pick<TenantFacts, 'limits' | 'compute'>): LoginLimits | undefined =>
  compute === null ? undefined : { connections: compute.connections, statementTimeoutMs: limits.statementTimeoutMs }
