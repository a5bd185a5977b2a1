import { type Mount, rewritePath } from './mount-paths.ts'
import { ConfigError, type Container, type Pod } from './pod-types.ts'

/** ConfigMaps and Secrets as text, by name, in the pod's namespace; undefined when there is no such object. */
export type Sources = {
  configMap: (name: string) => Readonly<Record<string, string>> | undefined
  secret: (name: string) => Readonly<Record<string, string>> | undefined
}

type EnvVar = NonNullable<Container['env']>[number]

/**
 * The environment a container asks for: envFrom, then env in order, `$(NAME)` expanded, paths below mounts rewritten. Throws a
 * `ConfigError` naming what is missing. Nothing of the node's own environment is in it.
 */
export function resolveEnvironment(
  container: Container,
  pod: Pod,
  sources: Sources,
  mounts: readonly Mount[],
): Record<string, string> {
  const env: Record<string, string> = {}
  for (const { configMapRef, secretRef, prefix = '' } of container.envFrom ?? []) {
    const ref = configMapRef ?? secretRef
    const data = configMapRef ? sources.configMap(configMapRef.name ?? '') : sources.secret(secretRef?.name ?? '')
    if (!data && !ref?.optional)
      throw new ConfigError(`${configMapRef ? 'ConfigMap' : 'Secret'} ${ref?.name} not found`)
    for (const [key, value] of Object.entries(data ?? {})) env[prefix + key] = value
  }
  for (const entry of container.env ?? []) {
    const value = entry.valueFrom ? resolveReference(entry, pod, container, sources) : expand(entry.value ?? '', env)
    if (value !== undefined) env[entry.name] = value
  }
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, rewritePath(value, mounts)]))
}

function resolveReference(
  { name, valueFrom }: EnvVar,
  pod: Pod,
  container: Container,
  sources: Sources,
): string | undefined {
  if (valueFrom?.fieldRef) return fieldValue(pod, valueFrom.fieldRef.fieldPath)
  if (valueFrom?.resourceFieldRef) return resourceValue(container, valueFrom.resourceFieldRef.resource)
  const ref = valueFrom?.configMapKeyRef ?? valueFrom?.secretKeyRef
  if (!ref)
    throw new ConfigError(
      `environment variable ${name}: only fieldRef, resourceFieldRef, configMapKeyRef and secretKeyRef are supported`,
    )
  const kind = valueFrom?.configMapKeyRef ? 'ConfigMap' : 'Secret'
  const data = kind === 'ConfigMap' ? sources.configMap(ref.name ?? '') : sources.secret(ref.name ?? '')
  const value = data?.[ref.key]
  if (value === undefined && !ref.optional) {
    throw new ConfigError(data ? `${kind} ${ref.name} has no key ${ref.key}` : `${kind} ${ref.name} not found`)
  }
  return value
}

/** What the downward API says of a pod. Throws a `ConfigError` for a field that it does not offer. */
export function fieldValue(pod: Pod, path: string): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path)
  if (keyed?.[1] && keyed[2]) return pod.metadata?.[keyed[1] === 'labels' ? 'labels' : 'annotations']?.[keyed[2]] ?? ''
  const fields: Record<string, string | undefined> = {
    'metadata.name': pod.metadata?.name,
    'metadata.namespace': pod.metadata?.namespace,
    'metadata.uid': pod.metadata?.uid,
    'metadata.labels': properties(pod.metadata?.labels),
    'metadata.annotations': properties(pod.metadata?.annotations),
    'spec.nodeName': pod.spec?.nodeName,
    'spec.serviceAccountName': pod.spec?.serviceAccountName,
    'status.podIP': pod.status?.podIP,
    'status.podIPs': pod.status?.podIP,
    'status.hostIP': pod.status?.hostIP,
  }
  if (!(path in fields)) throw new ConfigError(`fieldRef ${path} is not supported`)
  return fields[path] ?? ''
}

const properties = (entries: Record<string, string> | undefined): string =>
  Object.entries(entries ?? {})
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n')

function resourceValue(container: Container, resource: string): string {
  const [kind = '', name = ''] = resource.split('.')
  const value = (kind === 'limits' ? container.resources?.limits : container.resources?.requests)?.[name]
  if (value === undefined)
    throw new ConfigError(`resourceFieldRef ${resource} is not set on container ${container.name}`)
  return String(name === 'cpu' ? Math.ceil(quantity(value)) : Math.ceil(quantity(value)))
}

const UNITS: Record<string, number> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/** A Kubernetes quantity as a number: `250m` is 0.25, `64Mi` is 67108864. NaN for what is none. */
export function quantity(text: string): number {
  const [, number = '', unit = ''] = /^([0-9.]+)([A-Za-z]*)$/.exec(text) ?? []
  return Number(number || Number.NaN) * (unit === '' ? 1 : (UNITS[unit] ?? Number.NaN))
}

/** `$(NAME)` becomes the value of an earlier variable, `$$(NAME)` stays literally `$(NAME)`; an unknown name stays as it is. */
export const expand = (text: string, env: Readonly<Record<string, string>>): string =>
  text.replace(/\$(\$?)\(([^)]+)\)/g, (whole, escaped: string, name: string) =>
    escaped ? `$(${name})` : (env[name] ?? whole),
  )
