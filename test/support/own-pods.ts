import type { AppsV1Api, CoreV1Api, V1PodSpec } from '@kubernetes/client-node'
import { probePod } from '../../stacks/kubernetes/attestation/probe-pod.ts'

/** A pod as a tenant's administrator may make it, which every guard of a unit admits and some node runs. */
export function ownPod(namespace: string, name: string) {
  const { spec } = probePod(namespace, 'ledger:1.0.0', { nodeSelector: {} }) as unknown as { spec: V1PodSpec } // as the API takes it
  return { metadata: { name, namespace, labels: { app: name } }, spec }
}

/** A Deployment `own` of two pods, and a pod `loner` that nothing makes again. */
export async function runOwn({ core, apps }: { core: CoreV1Api; apps: AppsV1Api }, namespace: string): Promise<void> {
  await core.createNamespacedPod({ namespace, body: ownPod(namespace, 'loner') })
  const { spec } = ownPod(namespace, 'own')
  const labels = { app: 'own' }
  const template = { metadata: { labels }, spec }
  const body = { metadata: { name: 'own' }, spec: { replicas: 2, selector: { matchLabels: labels }, template } }
  await apps.createNamespacedDeployment({ namespace, body })
}
