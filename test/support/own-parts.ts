/** What makes an estate use somebody else's parts; a throw-away estate must never reach them by accident. */
const OUTSIDE = [
  'DATABASE_URL',
  'DATABASE_WORKER_URL',
  'DATABASE_OWNER_URL',
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'KUBECONFIG',
  'PROMETHEUS_URL',
]

/** This process's environment without the addresses of outside parts; measuring and backing up happen when a test asks for it. */
export function withOwnParts(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const outside = new Set(OUTSIDE.flatMap((name) => [name, `${name}_FILE`]))
  return {
    STEWARD_ATTEST_HOURS: '0',
    STEWARD_BACKUP_HOURS: '0',
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !outside.has(name))),
  }
}
