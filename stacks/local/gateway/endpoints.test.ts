import { expect, test } from 'vitest'
import { inTurn, readyEndpoints } from './endpoints.ts'
import type { EndpointSlice, Service } from './gateway-types.ts'

const metadata = { name: 'web', namespace: 'cell', uid: 'u', creationTimestamp: '', resourceVersion: '1' }
const service: Service = {
  metadata,
  spec: {
    ports: [
      { name: 'http', port: 80 },
      { name: 'metrics', port: 90 },
    ],
  },
}
const slice: EndpointSlice = {
  metadata,
  ports: [
    { name: 'metrics', port: 9090 },
    { name: 'http', port: 8080 },
  ],
  endpoints: [
    { addresses: ['10.244.1.3'], conditions: { ready: true } },
    { addresses: ['10.244.1.2'] },
    { addresses: ['10.244.1.4'], conditions: { ready: false } },
  ],
}
const network = { advertised: '10.244.', reachable: '127.244.' }

test('ready endpoints of the named port are found at their reachable address, in a stable order', () => {
  expect(readyEndpoints(service, [slice], 80, network)).toEqual([
    { host: '127.244.1.2', port: 8080 },
    { host: '127.244.1.3', port: 8080 },
  ])
  expect(readyEndpoints(service, [slice], 90, null)[0]).toEqual({ host: '10.244.1.2', port: 9090 })
})

test('an unknown port, an unknown service and an empty slice have none', () => {
  expect(readyEndpoints(service, [slice], 81, network)).toEqual([])
  expect(readyEndpoints(undefined, [slice], 80, network)).toEqual([])
  expect(readyEndpoints(service, [{ metadata, ports: null, endpoints: null }], 80, network)).toEqual([])
})

test('each turn begins at the next endpoint and still offers all', () => {
  expect([0, 1, 2, 3].map((turn) => inTurn(['a', 'b', 'c'], turn).join(''))).toEqual(['abc', 'bca', 'cab', 'abc'])
})
