import { GUARD } from '../../../control-plane/domain/attestation.ts'
import type { KubernetesObject } from '../objects.ts'
import { attempt, controlAllows, mustRefuse } from './attempt.ts'
import { dryCreate } from './calls.ts'
import type { Check } from './context.ts'

export const probeService = (namespace: string, type: string, name = 'steward-probe'): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { type, selector: { app: 'steward-probe' }, ports: [{ port: 8080 }] },
})

export const nodePorts: Check = async ({ ours: { namespace, tenant }, link }) => {
  const create = (type: string) => attempt(tenant, dryCreate(probeService(namespace, type)), link)
  const guards = ['steward-no-exposed-services', GUARD.quota]
  return [
    controlAllows('a Service inside the cluster', await create('ClusterIP')),
    mustRefuse('a Service on a port of every node', guards, await create('NodePort')),
    mustRefuse('a Service behind a load balancer', guards, await create('LoadBalancer')),
  ]
}
