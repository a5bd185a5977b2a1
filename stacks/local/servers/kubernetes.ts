import type { ClusterContext } from './cluster-context.ts'
import { plainEnvironment } from './context.ts'
import { probeHttp } from './probes.ts'
import type { ProcessServer } from './server.ts'

/** Cluster addresses of services on the process node: loopback, so that nothing of the estate can leave the machine. */
const SERVICE_RANGE = '127.96.0.0/16'
const ISSUER = 'https://kubernetes.default.svc'

/** What the API server needs to know of a real kubelet: whom it trusts, how it is asked for logs, and where pods reach us. */
function containerArguments({ containers, credentials }: ClusterContext): string[] {
  if (!containers) return [`--service-cluster-ip-range=${SERVICE_RANGE}`, '--enable-admission-plugins=NodeRestriction']
  return [
    `--service-cluster-ip-range=${containers.network.services}`,
    // Every start of a container asks the registry, so that nothing runs an image that it could not pull itself.
    '--enable-admission-plugins=NodeRestriction,AlwaysPullImages',
    `--kubelet-certificate-authority=${credentials.certificate('cluster-ca')}`,
    `--kubelet-client-certificate=${credentials.certificate('client-kubelet-api')}`,
    `--kubelet-client-key=${credentials.key('client-kubelet-api')}`,
    '--kubelet-preferred-address-types=InternalIP',
  ]
}

/** The kube-apiserver, readied by its own /readyz. */
export function apiServer(cluster: ClusterContext): ProcessServer {
  const { credentials, ports, paths } = cluster
  const { certificate, key } = credentials
  return {
    kind: 'process',
    name: cluster.named('kube-apiserver'),
    needs: [cluster.named('etcd')],
    ports: { 'kube-apiserver': ports['kube-apiserver'] },
    command: async () => ({
      file: await cluster.toolchain.tool('kube-apiserver'),
      args: [
        '--bind-address=127.0.0.1',
        `--secure-port=${ports['kube-apiserver']}`,
        // Said outright, else it wants a default route; nothing publishes it, EndpointSlices refuse loopback.
        '--advertise-address=127.0.0.1',
        '--endpoint-reconciler-type=none',
        `--tls-cert-file=${certificate('apiserver')}`,
        `--tls-private-key-file=${key('apiserver')}`,
        `--client-ca-file=${certificate('cluster-ca')}`,
        '--anonymous-auth=false',
        '--authorization-mode=Node,RBAC',
        `--etcd-servers=https://127.0.0.1:${ports.etcd}`,
        `--etcd-cafile=${certificate('etcd-ca')}`,
        `--etcd-certfile=${certificate('etcd-client')}`,
        `--etcd-keyfile=${key('etcd-client')}`,
        `--service-account-issuer=${ISSUER}`,
        `--service-account-key-file=${certificate('service-account')}`,
        `--service-account-signing-key-file=${key('service-account')}`,
        ...containerArguments(cluster),
        '--allow-privileged=false',
        '--profiling=false',
      ],
      env: plainEnvironment(cluster),
      cwd: paths.run,
    }),
    probe: (signal) =>
      probeHttp(`https://127.0.0.1:${ports['kube-apiserver']}/readyz`, signal, {
        ca: certificate('cluster-ca'),
        certificate: certificate('client-admin'),
        key: key('client-admin'),
      }),
    stopSignal: 'SIGTERM',
    graceMs: 5000,
  }
}

type ControllerName = 'kube-controller-manager' | 'kube-scheduler'
function controller(
  cluster: ClusterContext,
  name: ControllerName,
  kubeconfig: string,
  args: readonly string[],
): ProcessServer {
  const { credentials, ports, paths } = cluster
  return {
    kind: 'process',
    name: cluster.named(name),
    needs: [cluster.named('kube-apiserver')],
    ports: { [name]: ports[name] },
    command: async () => ({
      file: await cluster.toolchain.tool(name),
      args: [
        `--kubeconfig=${kubeconfig}`,
        '--leader-elect=false',
        '--bind-address=127.0.0.1',
        `--secure-port=${ports[name]}`,
        `--tls-cert-file=${credentials.certificate('controllers')}`,
        `--tls-private-key-file=${credentials.key('controllers')}`,
        '--profiling=false',
        ...args,
      ],
      env: plainEnvironment(cluster),
      cwd: paths.run,
    }),
    probe: (signal) =>
      probeHttp(`https://127.0.0.1:${ports[name]}/healthz`, signal, { ca: credentials.certificate('cluster-ca') }),
    stopSignal: 'SIGTERM',
    graceMs: 3000,
  }
}

/** Deployments, Jobs, quotas, EndpointSlices and garbage collection. What needs a cloud or assigns pod networks is left out. */
export const controllerManager = (cluster: ClusterContext): ProcessServer =>
  controller(cluster, 'kube-controller-manager', cluster.credentials.kubeconfig('controller-manager'), [
    '--controllers=*,-nodeipam,-node-route-controller,-cloud-node-lifecycle-controller,-service-lb-controller',
    '--use-service-account-credentials',
    `--service-account-private-key-file=${cluster.credentials.key('service-account')}`,
    `--root-ca-file=${cluster.credentials.certificate('cluster-ca')}`,
  ])

export const scheduler = (cluster: ClusterContext): ProcessServer =>
  controller(cluster, 'kube-scheduler', cluster.credentials.kubeconfig('scheduler'), [])
