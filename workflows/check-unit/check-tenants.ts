import type { PublishedTenant } from '../../control-plane/domain/tenants-file.ts'

/** Nobody's rate: what is asked of it is asked as fast as it is answered. */
const AMPLE = { requestsPerSecond: 10_000, burst: 10_000, statementTimeoutMs: 5_000 }
const SCANT = { requestsPerSecond: 1, burst: 1, statementTimeoutMs: 5_000 }

/** No slug of a tenant begins with a digit, and no host of one ends in `.invalid`, so that these are nobody's. */
const tenant = (n: number, name: string, more: Pick<PublishedTenant, 'state' | 'limits'>): PublishedTenant => ({
  id: `00000000-0000-7000-8000-00000000c${n}ec`,
  slug: `0-check-${name}`,
  hosts: [`${name}.steward-check.invalid`],
  ...more,
})

/** The tenants of a check: they are only ever in the tenants file, and have no rows, no route and no address. */
export const CHECK_TENANTS = {
  served: tenant(1, 'served', { state: 'active', limits: AMPLE }),
  suspended: tenant(2, 'suspended', { state: 'suspended', limits: AMPLE }),
  limited: tenant(3, 'limited', { state: 'active', limits: SCANT }),
} as const
