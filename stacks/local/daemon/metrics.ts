import type { ServerStatus } from './fleet.ts'

/** The daemon's own figures as Prometheus text: state, memory and restarts of each server. */
export function renderServerMetrics(servers: readonly ServerStatus[], daemonBytes: number): string {
  const lines = [
    '# HELP steward_estate_server_up Whether a server of the estate is ready.',
    '# TYPE steward_estate_server_up gauge',
    ...servers.map(({ name, state }) => `steward_estate_server_up{server="${name}"} ${state === 'ready' ? 1 : 0}`),
    '# HELP steward_estate_server_restarts_total Restarts after a crash.',
    '# TYPE steward_estate_server_restarts_total counter',
    ...servers.map(({ name, restarts }) => `steward_estate_server_restarts_total{server="${name}"} ${restarts}`),
    '# HELP steward_estate_server_resident_bytes Resident memory of a server and its children.',
    '# TYPE steward_estate_server_resident_bytes gauge',
    `steward_estate_server_resident_bytes{server="daemon"} ${daemonBytes}`,
    ...servers.flatMap(({ name, memoryBytes }) =>
      memoryBytes === null ? [] : [`steward_estate_server_resident_bytes{server="${name}"} ${memoryBytes}`],
    ),
  ]
  return `${lines.join('\n')}\n`
}
