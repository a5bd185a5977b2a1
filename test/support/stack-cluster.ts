import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { askDaemon } from '../../stacks/local/commands/daemon-client.ts'

type Annotated = { metadata?: { name?: string; annotations?: Record<string, string> } }

/** What the administrator of a stack's cluster might do to it: one Secret, or the quota, of the stack is annotated. Returns its name. */
export async function meddleInStack(home: string, stack: string, what: 'Secret' | 'ResourceQuota'): Promise<string> {
  const path = `/resources/kubernetes-cluster/${stack}-cluster`
  const cluster = (await (await askDaemon(home, path)).json()) as { outputs: { kubeconfig: string } }
  const config = new KubeConfig()
  config.loadFromFile(cluster.outputs.kubeconfig)
  const core = config.makeApiClient(CoreV1Api)
  const { namespace } = unitNames('stack', stack)
  const list = async (): Promise<Annotated[]> =>
    what === 'Secret'
      ? (await core.listNamespacedSecret({ namespace })).items
      : (await core.listNamespacedResourceQuota({ namespace })).items
  const [body] = await list()
  const name = body?.metadata?.name
  if (!body?.metadata || name === undefined) throw new Error(`${stack} has no ${what}`)
  body.metadata.annotations = { ...body.metadata.annotations, 'example.com/seen': 'yes' }
  await (what === 'Secret'
    ? core.replaceNamespacedSecret({ namespace, name, body })
    : core.replaceNamespacedResourceQuota({ namespace, name, body }))
  return `${what} ${namespace}/${name}`
}
