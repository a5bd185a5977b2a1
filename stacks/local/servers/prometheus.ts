import { join } from 'node:path'
import { stringify } from 'yaml'
import { writeFileAtomic } from '../../process/write-file.ts'
import { portsNamed } from '../ports.ts'
import type { EstateContext } from './context.ts'
import { plainEnvironment } from './context.ts'
import { probeHttp } from './probes.ts'
import type { ProcessServer } from './server.ts'

const local = (port: number): string => `127.0.0.1:${port}`

/**
 * The alerts of the plane; pods of all clusters, and servers of clusters of their own, by HTTP discovery from the daemon (a token's
 * file, never the token); api, worker and Temporal by address.
 */
export function prometheusConfig(context: Pick<EstateContext, 'ports' | 'credentials' | 'root'>): string {
  const { ports, credentials, root } = context
  const job = (name: string, port: number) => ({ job_name: name, static_configs: [{ targets: [local(port)] }] })
  const authorization = { type: 'Bearer', credentials_file: credentials.token('discovery') }
  const discovered = (name: string) => ({
    job_name: name,
    http_sd_configs: [
      { url: `http://${local(ports.daemon)}/discovery/${name}`, refresh_interval: '5s', authorization },
    ],
  })
  return stringify({
    global: { scrape_interval: '5s', scrape_timeout: '4s', evaluation_interval: '15s' },
    rule_files: [join(root, 'charts/alerts/rules/*.yaml')],
    scrape_configs: [
      discovered('pods'),
      { ...discovered('servers'), authorization },
      job('api', ports.api),
      job('worker', ports.worker),
      job('temporal', ports['temporal-metrics']),
      { ...job('estate', ports.daemon), authorization },
    ],
  })
}

/** Prometheus, 15 days or 1 GB of metrics, whichever is less. */
export function prometheusServer(context: EstateContext): ProcessServer {
  const { ports, paths } = context
  const config = join(paths.prometheus, 'prometheus.yml')
  return {
    kind: 'process',
    name: 'prometheus',
    needs: [],
    background: true,
    ports: portsNamed(ports, 'prometheus'),
    command: async () => {
      const file = await context.toolchain.tool('prometheus')
      await writeFileAtomic(config, prometheusConfig(context))
      return {
        file,
        args: [
          `--config.file=${config}`,
          `--storage.tsdb.path=${join(paths.prometheus, 'data')}`,
          '--storage.tsdb.retention.time=15d',
          '--storage.tsdb.retention.size=1GB',
          `--web.listen-address=${local(ports.prometheus)}`,
          '--log.level=warn',
        ],
        env: plainEnvironment(context),
        cwd: paths.prometheus,
      }
    },
    probe: (signal) => probeHttp(`http://${local(ports.prometheus)}/-/ready`, signal),
    stopSignal: 'SIGTERM',
    graceMs: 5000,
  }
}
