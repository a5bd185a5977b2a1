import { connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { findPortBase } from '../ports.ts'
import { openDoor } from './door.ts'

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const host = '127.0.0.1'

test('bytes pass a door both ways until either side ends, and a closed door lets nobody through', async () => {
  const port = await findPortBase()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // answers only when the other side has said everything
    void text(socket).then((said) => socket.end(`${said} and back`))
  })
  await new Promise<void>((resolve) => server.listen(port + 1, host, resolve))
  onTestFinished(() => void server.close())
  const door = await openDoor({ host, port, target: { host, port: port + 1 }, log })
  const pass = connect({ host, port, allowHalfOpen: true })
  pass.end('there')
  expect(await text(pass)).toBe('there and back')

  const held = connect({ host, port })
  await new Promise((resolve) => held.once('connect', resolve))
  const cut = new Promise((resolve) => held.once('close', resolve))
  await door.stop()
  await cut
  await expect(new Promise((_, reject) => connect({ host, port }).once('error', reject))).rejects.toThrow(
    'ECONNREFUSED',
  )
})

test('a door to a server that is away ends the connection instead of holding it', async () => {
  const port = await findPortBase()
  const door = await openDoor({ host, port, target: { host, port: port + 1 }, log })
  onTestFinished(() => door.stop())
  const pass = connect({ host, port })
  expect(await text(pass).catch(() => '')).toBe('')
})
