import { quantity } from '../../stacks/kubernetes/quantity.ts'
import type { KubernetesObject } from '../../stacks/kubernetes/objects.ts'

type Size = { cpuMillis: number; memoryMi: number; ephemeralStorageMi: number }
/** What one container of a product may ask for and use: as many as its largest container states. */
export type ContainerSizes = { requests: Size; limits: Size }

/** What a container gets that states nothing. */
const USUAL: ContainerSizes = {
  requests: { cpuMillis: 50, memoryMi: 96, ephemeralStorageMi: 32 },
  limits: { cpuMillis: 1000, memoryMi: 256, ephemeralStorageMi: 128 },
}
const MEBI = 2 ** 20
const PARTS = [
  ['cpuMillis', 'cpu', 1e-3],
  ['memoryMi', 'memory', MEBI],
  ['ephemeralStorageMi', 'ephemeral-storage', MEBI],
] as const

type Stated = Readonly<Record<string, string | number>>
type Container = { resources?: { requests?: Stated; limits?: Stated } }
type Template = { spec?: { template?: { spec?: { containers?: Container[]; initContainers?: Container[] } } } }

/** Sizes by the pod templates that a product's chart renders: the chart is the only place that says them. */
export function containerSizes(objects: readonly KubernetesObject[]): ContainerSizes {
  const containers = objects.flatMap((object) => {
    const pod = (object as Template).spec?.template?.spec
    return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])]
  })
  const largest = (kind: keyof ContainerSizes): Size =>
    Object.fromEntries(
      PARTS.map(([part, name, unit]) => {
        const stated = containers.flatMap(({ resources }) => resources?.[kind]?.[name] ?? [])
        const sizes = stated.map((text) => Math.ceil(quantity(String(text)) / unit - 1e-9)).filter((size) => size > 0)
        const usual = stated.length < containers.length || sizes.length === 0 ? USUAL[kind][part] : 0
        return [part, Math.max(usual, ...sizes)]
      }),
    ) as Size // one entry per part
  return { requests: largest('requests'), limits: largest('limits') }
}
