import type { Upstream } from '../proxy/proxy.ts'
import { type PodNetwork, readyEndpoints, sliceService } from './endpoints.ts'
import type { EndpointSlice, Service } from './gateway-types.ts'
import type { Backend } from './route-table.ts'

/** Ready endpoints by backend: computed when asked, forgotten when their service or one of its slices changes. */
export function createEndpointIndex(services: () => ReadonlyMap<string, Service>, network: PodNetwork | null) {
  const slicesOf = new Map<string, Map<string, EndpointSlice>>()
  const cache = new Map<string, Map<number, readonly Upstream[]>>()
  return {
    serviceChanged: (service: string) => void cache.delete(service),
    sliceChanged(key: string, now: EndpointSlice | null, before: EndpointSlice | null): void {
      const slice = now ?? before
      const service = slice && sliceService(slice)
      if (!service) return
      const mine = slicesOf.get(service) ?? new Map<string, EndpointSlice>()
      if (now) slicesOf.set(service, mine.set(key, now))
      else if (mine.delete(key) && mine.size === 0) slicesOf.delete(service)
      cache.delete(service)
    },
    endpoints({ service, port }: Backend): readonly Upstream[] {
      const byPort = cache.get(service) ?? new Map<number, readonly Upstream[]>()
      cache.set(service, byPort)
      const known = byPort.get(port)
      if (known) return known
      const slices = [...(slicesOf.get(service)?.values() ?? [])]
      const found = readyEndpoints(services().get(service), slices, port, network)
      byPort.set(port, found)
      return found
    },
  }
}
