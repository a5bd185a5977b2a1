import { expect, test } from 'vitest'
import { describeTaken, listeningInodes, portsFrom, resourcePorts } from './ports.ts'

test('every part has a port of its own inside the span', () => {
  const ports = Object.values(portsFrom(7400))
  expect(new Set(ports).size).toBe(ports.length)
  expect(Math.min(...ports)).toBe(7400)
  expect(Math.max(...ports)).toBe(7419)
})

test('resources have ports above those of the estate itself, and none beyond the last', () => {
  const own = new Set(Object.values(portsFrom(7400)))
  const theirs = resourcePorts(7400)
  expect(theirs).toHaveLength(180)
  expect(theirs.filter((port) => own.has(port))).toEqual([])
  expect(Math.max(...theirs)).toBe(7599) // an estate at 7600 meets neither
  expect(Math.max(...resourcePorts(65_500))).toBe(65_535)
  expect(resourcePorts(65_516)).toEqual([])
})

test.each([80, 1023, 65_517, 70_000, 7400.5, Number.NaN])('base port %d is refused', (base) => {
  expect(() => portsFrom(base)).toThrow(expect.objectContaining({ code: 'configuration.invalid' }))
})

test('listeners are told from connections in the kernel table', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1CE8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1
   1: 0100007F:1CE8 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 222 1
   2: 0100007F:1CE9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1`
  expect(listeningInodes(table, 7400)).toEqual(['111'])
  expect(listeningInodes(table, 7402)).toEqual([])
})

test('taken ports are told once for each process', () => {
  const taken = [
    { name: 'api', port: 7400, by: 'process 7 (x)' },
    { name: 'edge', port: 7401, by: 'process 7 (x)' },
    { name: 'etcd', port: 7413, by: 'process 8 (y)' },
  ]
  expect(describeTaken(taken)).toBe(
    'process 7 (x) uses port 7400 of api, port 7401 of edge; process 8 (y) uses port 7413 of etcd',
  )
})
