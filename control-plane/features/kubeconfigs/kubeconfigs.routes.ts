import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { can } from '../../domain/access.ts'
import { ref } from '../../platform/schemas.ts'
import { CreateKubeconfig, KubeconfigParams, TenantKubeconfig } from './kubeconfigs.schema.ts'
import type { KubeconfigsService } from './kubeconfigs.service.ts'

/** /v1/tenants/{tenant}/kubeconfig: a way for a private tenant's own people into their namespace. */
export const kubeconfigsRoutes: FastifyPluginAsyncTypebox<{ kubeconfigs: KubeconfigsService }> = async (
  app,
  { kubeconfigs },
) => {
  app.post(
    '/v1/tenants/:tenant/kubeconfig',
    {
      config: { access: can('tenants:kubeconfig'), audit: ['tenant.kubeconfig'] },
      schema: {
        operationId: 'createKubeconfig',
        tags: ['tenants'],
        summary:
          'Hand a private tenant a kubeconfig that ends; repeated it makes another one, an Idempotency-Key changes nothing',
        params: KubeconfigParams,
        body: CreateKubeconfig,
        response: { 201: ref(TenantKubeconfig) },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await kubeconfigs.create(request.actor, request.params.tenant, request.body)),
  )
}
