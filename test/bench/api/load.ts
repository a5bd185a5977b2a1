import { Agent, get } from 'node:http'
import { percentile } from '../report.ts'

/** One turn: so many connections ask one after the other, until the time or the count is over. Runs in a process of its own. */
export type Turn = {
  url: string
  /** Paths that are asked for in turn. */
  paths: readonly string[]
  token: string | null
  connections: number
  seconds: number
  most: number
}
export type Answered = { count: number; perSecond: number; p50Ms: number; p99Ms: number; failed: string[] }

const turn = JSON.parse(process.argv[2] ?? '') as Turn // the bench wrote it
const agent = new Agent({ keepAlive: true, maxSockets: turn.connections })
const headers = turn.token === null ? {} : { authorization: `Bearer ${turn.token}` }
const latencies: number[] = []
const failed: string[] = []
const began = performance.now()

const ask = (path: string): Promise<void> =>
  new Promise((resolve) => {
    const sent = performance.now()
    const end = (fault?: string) => {
      if (fault === undefined) latencies.push(performance.now() - sent)
      else failed.push(fault)
      resolve()
    }
    get(turn.url + path, { agent, headers }, (answer) => {
      answer.resume()
      answer.on('end', () => end(answer.statusCode === 200 ? undefined : `${path}: ${answer.statusCode}`))
    }).on('error', (error) => end(`${path}: ${error.message}`))
  })

let next = 0
const lane = async () => {
  while (next < turn.most && performance.now() - began < turn.seconds * 1000)
    await ask(turn.paths[next++ % turn.paths.length] ?? '/')
}
await Promise.all(Array.from({ length: turn.connections }, lane))
const seconds = (performance.now() - began) / 1000
agent.destroy()
const answered: Answered = {
  count: latencies.length,
  perSecond: latencies.length / seconds,
  p50Ms: percentile(latencies, 0.5),
  p99Ms: percentile(latencies, 0.99),
  failed: failed.slice(0, 5),
}
console.log(JSON.stringify(answered))
