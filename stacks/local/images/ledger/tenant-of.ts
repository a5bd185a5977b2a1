import type { FastifyRequest } from 'fastify'
import type { PublishedTenant } from '../../../../control-plane/domain/tenants-file.ts'

/** Name of the request value that the admission hook fills. */
export const TENANT = 'ledgerTenant'

/** The tenant a request is for: found by its Host and nothing else. Throws on routes that no tenant is found for. */
export function tenantOf(request: FastifyRequest): PublishedTenant {
  const tenant = request.getDecorator<PublishedTenant | null>(TENANT)
  if (!tenant) throw new Error('this route has no tenant')
  return tenant
}
