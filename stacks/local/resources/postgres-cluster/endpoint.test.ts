import { once } from 'node:events'
import net from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startEndpoint, type Endpoint } from './endpoint.ts'

const HOST = '127.0.0.1'
const ports: number[] = []
const members: net.Server[] = []
let endpoint: Endpoint
let primary: number | undefined

/** Says its name, and then whatever it is told. */
async function startMember(name: string): Promise<number> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined)
    socket.write(name)
    socket.pipe(socket)
  })
  members.push(server)
  await once(server.listen(0, HOST), 'listening')
  const { port } = server.address() as net.AddressInfo
  ports.push(port)
  return port
}
async function connect(): Promise<net.Socket> {
  const socket = net.connect({ host: HOST, port: endpoint.port })
  await once(socket, 'connect')
  return socket
}
const heard = async (socket: net.Socket): Promise<string> => String((await once(socket, 'data'))[0])

beforeEach(async () => {
  primary = await startMember('first')
  await startMember('second')
  endpoint = await startEndpoint({ host: HOST, port: 0, primaryPort: () => primary, lookMs: 10 })
})
afterEach(async () => {
  await endpoint.stop()
  for (const member of members.splice(0)) member.close()
  ports.length = 0
})

test('it passes what either side says, and either end', async () => {
  const socket = await connect()
  expect(await heard(socket)).toBe('first')
  socket.write('hello')
  expect(await heard(socket)).toBe('hello')
  const ended = once(socket, 'close')
  socket.end()
  await ended
})

test('who is connected to a member that is no longer the primary is cut off, and finds the other', async () => {
  const socket = await connect()
  await heard(socket)
  const cut = once(socket, 'close')
  primary = ports[1]
  await cut
  expect(await heard(await connect())).toBe('second')
})

test('nobody is let in while there is no primary, nor when it does not answer', async () => {
  for (const port of [undefined, 1]) {
    primary = port
    const socket = await connect()
    socket.on('error', () => undefined)
    await once(socket.resume(), 'close')
  }
  primary = ports[0]
  expect(await heard(await connect())).toBe('first')
})
