import { join } from 'node:path'
import { portsNamed } from '../ports.ts'
import type { EstateContext } from './context.ts'
import { plainEnvironment } from './context.ts'
import { probeHttp } from './probes.ts'
import type { ProcessServer } from './server.ts'

export const TEMPORAL_NAMESPACE = 'steward'
/**
 * The server polls its queues 20 times a second by default, which costs 50 ms per hop: a workflow of five empty activities
 * took 550 ms so, and 98 ms with these.
 */
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxPollRPS=1000',
  'system.enableActivityEagerExecution=true',
  'system.enableEagerWorkflowStart=true',
]

/** The Temporal dev server on a file. Write-ahead logging doubles its rate and survives a killed process. */
export function temporalServer(context: EstateContext): ProcessServer {
  const { ports, paths, record } = context
  const pragmas = ['journal_mode=wal', `synchronous=${record.throwAway ? 'off' : 'normal'}`]
  return {
    kind: 'process',
    name: 'temporal',
    needs: [],
    ports: portsNamed(ports, 'temporal', 'temporal-http', 'temporal-metrics'),
    command: async () => ({
      file: await context.toolchain.tool('temporal'),
      args: [
        'server',
        'start-dev',
        '--headless',
        '--disable-config-file',
        '--disable-config-env',
        '--ip=127.0.0.1',
        `--port=${ports.temporal}`,
        `--http-port=${ports['temporal-http']}`,
        `--metrics-port=${ports['temporal-metrics']}`,
        `--db-filename=${join(paths.temporal, 'temporal.db')}`,
        `--namespace=${TEMPORAL_NAMESPACE}`,
        '--log-level=warn',
        ...DYNAMIC_CONFIG.map((value) => `--dynamic-config-value=${value}`),
        ...pragmas.map((value) => `--sqlite-pragma=${value}`),
      ],
      env: plainEnvironment(context),
      cwd: paths.temporal,
    }),
    probe: (signal) =>
      probeHttp(`http://127.0.0.1:${ports['temporal-http']}/api/v1/namespaces/${TEMPORAL_NAMESPACE}`, signal),
    stopSignal: 'SIGTERM',
    graceMs: 5000,
  }
}
