import type { RegionSettings } from '../../../control-plane/domain/region-settings.ts'
import { estateProblems } from '../estate.errors.ts'

/** Addresses of parts that somebody else runs; the embedded one is not started then. */
export type Outside = {
  database?: { operator: string; worker: string; owner: string }
  temporal?: { address: string }
  cluster?: {
    kubeconfig: string
    sweepKubeconfig: string
    /** Null: tenants get no kubeconfigs. */
    accessKubeconfig: string | null
    gatewayUrl: string
    podNetwork: PodNetwork
  }
  prometheus?: { url: string }
}
type PodNetwork = RegionSettings['podNetwork']
type Env = Readonly<Record<string, string | undefined>>

/** Which servers each outside part replaces. */
export const REPLACED: Readonly<Record<keyof Outside, readonly string[]>> = {
  database: ['plane-db', 'plane-roles'],
  temporal: ['temporal'],
  cluster: [
    'etcd',
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'cluster-objects',
    'node',
    'gateway',
  ],
  prometheus: ['prometheus'],
}

/** Whether a setting is given, as itself or as the path of a file. */
export const isSet = (env: Env, name: string): boolean => Boolean(env[name] ?? env[`${name}_FILE`])

/**
 * Reads what is configured to be somebody else's. Database URLs stay where they are (their variables reach api and worker
 * unread), so no secret is copied. Fails with `configuration.invalid`, all faults at once.
 */
export function readOutside(env: Env): Outside {
  const faults: string[] = []
  const outside: Outside = {}
  if (isSet(env, 'DATABASE_URL')) {
    const missing = ['DATABASE_WORKER_URL', 'DATABASE_OWNER_URL'].filter((name) => !isSet(env, name))
    if (missing.length > 0)
      faults.push(`DATABASE_URL is set, so ${missing.join(' and ')} must be set, too (or as ..._FILE)`)
    outside.database = { operator: 'DATABASE_URL', worker: 'DATABASE_WORKER_URL', owner: 'DATABASE_OWNER_URL' }
  }
  if (env['TEMPORAL_ADDRESS']) outside.temporal = { address: env['TEMPORAL_ADDRESS'] }
  if (env['KUBECONFIG']) {
    const gatewayUrl = env['STEWARD_GATEWAY_URL']
    if (!gatewayUrl) faults.push('KUBECONFIG is set, so STEWARD_GATEWAY_URL must name the gateway of that cluster')
    const kubeconfig = env['KUBECONFIG']
    const sweepKubeconfig = env['STEWARD_SWEEP_KUBECONFIG'] ?? kubeconfig
    const podNetwork = readPodNetwork(env['STEWARD_POD_NETWORK'], faults)
    const accessKubeconfig = env['STEWARD_ACCESS_KUBECONFIG'] ?? null
    outside.cluster = { kubeconfig, sweepKubeconfig, accessKubeconfig, gatewayUrl: gatewayUrl ?? '', podNetwork }
  }
  if (env['PROMETHEUS_URL']) outside.prometheus = { url: env['PROMETHEUS_URL'] }
  if (faults.length > 0) throw estateProblems['configuration.invalid']({ detail: faults.join('; ') })
  return outside
}

/** `10.244.=127.244.`: pods say the first and are reached at the second. Unset: the address is the one they say. */
function readPodNetwork(text: string | undefined, faults: string[]): PodNetwork {
  if (!text) return null
  const [advertised, reachable, ...more] = text.split('=')
  if (advertised && reachable && more.length === 0) return { advertised, reachable }
  faults.push('STEWARD_POD_NETWORK must be two address prefixes, for example 10.244.=127.244.')
  return null
}
