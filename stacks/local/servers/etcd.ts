import type { ClusterContext } from './cluster-context.ts'
import { plainEnvironment } from './context.ts'
import { probeHttp } from './probes.ts'
import type { ProcessServer } from './server.ts'

/** etcd: one member, TLS with client certificates on both ports, so that no other account of the machine reads Secrets. */
export function etcdServer(cluster: ClusterContext): ProcessServer {
  const { credentials, ports, paths } = cluster
  const client = `https://127.0.0.1:${ports.etcd}`
  const peer = `https://127.0.0.1:${ports['etcd-peer']}`
  const tls = (prefix: string) => [
    `--${prefix}cert-file=${credentials.certificate('etcd-server')}`,
    `--${prefix}key-file=${credentials.key('etcd-server')}`,
    `--${prefix}trusted-ca-file=${credentials.certificate('etcd-ca')}`,
    `--${prefix}client-cert-auth`,
  ]
  return {
    kind: 'process',
    name: cluster.named('etcd'),
    needs: [],
    ports: { etcd: ports.etcd, 'etcd-peer': ports['etcd-peer'] },
    command: async () => ({
      file: await cluster.toolchain.tool('etcd'),
      args: [
        '--name=steward',
        `--data-dir=${paths.etcd}/data`,
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=steward=${peer}`,
        ...tls(''),
        ...tls('peer-'),
        '--log-level=warn',
        ...(cluster.throwAway ? ['--unsafe-no-fsync'] : []),
      ],
      env: plainEnvironment(cluster),
      cwd: paths.etcd,
    }),
    probe: (signal) =>
      probeHttp(`${client}/health`, signal, {
        ca: credentials.certificate('etcd-ca'),
        certificate: credentials.certificate('etcd-client'),
        key: credentials.key('etcd-client'),
      }),
    stopSignal: 'SIGTERM',
    graceMs: 5000,
  }
}
