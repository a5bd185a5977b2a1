import type { EndpointSlice, Service } from './gateway-types.ts'
import type { Upstream } from '../proxy/proxy.ts'

/** Pod addresses as the API states them and as this machine reaches them. */
export type PodNetwork = { advertised: string; reachable: string }

export const SERVICE_LABEL = 'kubernetes.io/service-name'

/** The service that a slice belongs to, as `namespace/name`; null for a slice of nothing. */
export const sliceService = ({ metadata }: EndpointSlice): string | null => {
  const name = metadata.labels?.[SERVICE_LABEL]
  return name ? `${metadata.namespace}/${name}` : null
}

/**
 * Ready endpoints of one service port, reachable from here, in a stable order. Slices name target ports, routes name service
 * ports; the two meet in the port's name. A missing `ready` means ready (the API's rule for unknown).
 */
export function readyEndpoints(
  service: Service | undefined,
  slices: readonly EndpointSlice[],
  port: number,
  network: PodNetwork | null,
): Upstream[] {
  const wanted = service?.spec.ports?.find((candidate) => candidate.port === port)
  if (!wanted) return []
  const found = slices.flatMap((slice) => {
    const target = slice.ports?.find(({ name }) => (name ?? '') === (wanted.name ?? ''))?.port
    if (target === undefined) return []
    return (slice.endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses }) => addresses.slice(0, 1))
      .map((address) => ({ host: reachable(network, address), port: target }))
  })
  return found.toSorted((a, b) => (a.host < b.host ? -1 : 1))
}

const reachable = (network: PodNetwork | null, address: string): string =>
  network && address.startsWith(network.advertised)
    ? network.reachable + address.slice(network.advertised.length)
    : address

/** The endpoints starting at `turn`, so that the next one is tried when the first refuses the connection. */
export const inTurn = <T>(endpoints: readonly T[], turn: number): readonly T[] => {
  if (endpoints.length < 2) return endpoints
  const start = turn % endpoints.length
  return start === 0 ? endpoints : [...endpoints.slice(start), ...endpoints.slice(0, start)]
}
