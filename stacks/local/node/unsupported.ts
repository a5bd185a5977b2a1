import type { Container, Pod } from './pod-types.ts'

const VOLUMES = ['configMap', 'secret', 'emptyDir', 'projected', 'downwardAPI'] as const

/** What a pod asks for and this node cannot do, as sentences for its status; refusing is honest, ignoring is not. */
export function unsupportedBy({ spec, metadata }: Pod): string[] {
  const found: string[] = []
  for (const volume of spec?.volumes ?? []) {
    const kind = Object.keys(volume).find((key) => key !== 'name') ?? 'nothing'
    if (!(VOLUMES as readonly string[]).includes(kind))
      found.push(`volume ${volume.name}: ${kind} volumes do not exist on this node`)
  }
  for (const container of spec?.initContainers ?? []) {
    if (container.restartPolicy === 'Always') found.push(`init container ${container.name}: sidecars are not supported`)
  }
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])])
    found.push(...ofContainer(container))
  if (spec?.hostNetwork) found.push(`pod ${metadata?.name}: hostNetwork would collide with the machine's own ports`)
  return found
}

function ofContainer({
  name,
  livenessProbe,
  readinessProbe,
  startupProbe,
  lifecycle,
  volumeDevices,
}: Container): string[] {
  const found: string[] = []
  for (const probe of [livenessProbe, readinessProbe, startupProbe]) {
    if (probe?.grpc) found.push(`container ${name}: grpc probes are not supported`)
  }
  if (lifecycle?.postStart) found.push(`container ${name}: postStart hooks are not supported`)
  if (volumeDevices?.length) found.push(`container ${name}: block devices do not exist on this node`)
  return found
}
