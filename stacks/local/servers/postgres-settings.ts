/** Settings by name, texts in PostgreSQL's quotes. */
export type Settings = Readonly<Record<string, string | number>>

/** What every database server of an estate has; `port` in force of our own file, so that nothing else in the folder decides. */
export function databaseSettings(options: {
  port: number
  throwAway: boolean
  maxConnections: number
  /** Beside loopback. */
  address?: string | undefined
}): Settings {
  return {
    listen_addresses: `'${['127.0.0.1', options.address].filter(Boolean).join(',')}'`,
    port: options.port,
    unix_socket_directories: "''", // TCP only: a socket's path may be too long below a deep home
    max_connections: options.maxConnections,
    shared_buffers: "'64MB'",
    max_wal_size: "'512MB'",
    wal_level: 'logical', // rows of one tenant can be followed while it moves
    wal_retrieve_retry_interval: "'500ms'", // also the time between two starts of replication workers: copies of many tables begin sooner
    max_worker_processes: 16,
    max_logical_replication_workers: 8, // two moves side by side
    password_encryption: "'scram-sha-256'",
    timezone: "'UTC'",
    log_timezone: "'UTC'",
    log_line_prefix: "'%m [%p] %q%u@%d '",
    log_parameter_max_length: 0, // parameters may be personal
    log_parameter_max_length_on_error: 0,
    ...(options.throwAway ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  }
}

/** Settings as a `postgresql.conf`. */
export const renderSettings = (settings: Settings): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('')
