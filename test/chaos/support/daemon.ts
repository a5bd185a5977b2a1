import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Estate } from '../../../stacks/local/estate.ts'

type At = Pick<Estate, 'urls' | 'credentials'>
type Status = { name: string; state: string; pid: number | null; restarts: number }

async function call(estate: At, method: string, path: string, body?: object): Promise<Status> {
  const token = (await readFile(estate.credentials.token('daemon'), 'utf8')).trim()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(estate.urls.daemon + path, {
    method,
    headers,
    ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Status // the daemon's own answer
}

const READY_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 10

/** Faults as the estate's daemon offers them; a killed server is started again by its supervisor, and dies again once it is back. */
export async function kill(estate: At, server: string): Promise<Status> {
  await untilReady(estate, server)
  return call(estate, 'POST', `/servers/${server}/kill`)
}
/** The same, but it is started again at once: a supervisor lets one that dies often wait for up to ten seconds. */
export async function strike(estate: At, server: string): Promise<void> {
  await untilReady(estate, server)
  await call(estate, 'POST', `/servers/${server}/kill`, { stayDown: true })
  void start(estate, server).catch(() => {}) // whoever waits for it next says that it does not come back
}
async function untilReady(estate: At, server: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS
  while ((await status(estate, server)).state !== 'ready') {
    if (Date.now() > deadline) throw new Error(`${server} does not come back: it cannot be killed again`)
    await pause(LOOK_EVERY_MS)
  }
}
const start = (estate: At, server: string) => call(estate, 'POST', `/servers/${server}/start`)
export const freeze = (estate: At, server: string) => call(estate, 'POST', `/servers/${server}/freeze`)
/** Asks it to end and leaves it down. */
export const halt = (estate: At, server: string) => call(estate, 'POST', `/servers/${server}/stop`)
export const resume = (estate: At, server: string) => call(estate, 'POST', `/servers/${server}/resume`)
export const status = (estate: At, server: string) => call(estate, 'GET', `/servers/${server}`)
