import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Sighting } from '../../control-plane/domain/contract.ts'
import type { Pod } from './ask.ts'
import { saw } from './sighting.ts'

/** How long after the order to stop the rest of the request comes: longer than it takes the order to arrive. */
const HELD_MS = 1_500
const ANSWER_WITHIN_MS = 10_000

/** Begins a request, has the pod told to stop, sends the rest, and looks for the answer. `stop` returns when the pod was told. */
export async function inFlight(
  pod: Pod,
  host: string,
  stop: () => Promise<void>,
  signal: AbortSignal,
): Promise<Sighting> {
  const what = `a request that pod ${pod.name} had begun to receive when it was told to stop`
  const socket = connect({ host: pod.host, port: pod.port, signal })
  const answered = firstLine(socket)
  try {
    socket.write(`GET /whoami HTTP/1.1\r\nhost: ${host}\r\n`)
    await pause(50, undefined, { signal }) // so that the pod has it before the order
    await stop()
    await pause(HELD_MS, undefined, { signal })
    socket.write('connection: close\r\n\r\n')
    const line = await answered
    return saw(what, 'HTTP 200', line, /^HTTP\/1\.1 200\b/.test(line))
  } finally {
    socket.destroy()
  }
}

/** The first line of an answer, or how the connection ended without one. */
function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const timer = setTimeout(() => resolve('no answer in time'), HELD_MS + ANSWER_WITHIN_MS)
    const end = (said: string) => {
      clearTimeout(timer)
      resolve(said)
    }
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (text.includes('\r\n')) end(text.slice(0, text.indexOf('\r\n')))
    })
    socket.on('error', (error) => end(`the connection broke: ${error.message}`))
    socket.on('close', () => end('the connection was closed'))
  })
}
