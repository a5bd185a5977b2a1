import { Agent, request } from 'node:http'
import { sendOpenLoop, type Load } from './open-loop.ts'

/**
 * A customer who floods, as a process of its own, so that what it costs to send is not measured as waiting. Argument: JSON of
 * `Flood`; prints the statuses as JSON at the end.
 */
export type Flood = Load & { edgeUrl: string; host: string; path: string }

/** Connections at most; beyond them requests wait in the sender, which is late and counted. */
const CONNECTIONS = 200

const { edgeUrl, host, path, ...load } = JSON.parse(process.argv[2] ?? '') as Flood
const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
const ask = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request(new URL(path, edgeUrl), { agent, headers: { host } }, (answer) => {
      answer.resume()
      answer.on('error', reject)
      answer.on('end', () => resolve(answer.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end()
  })
const { statuses } = await sendOpenLoop(load, ask)
agent.destroy()
console.log(JSON.stringify(statuses))
