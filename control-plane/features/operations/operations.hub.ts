import type { Database } from '../../platform/database.ts'
import { problems } from './operations.errors.ts'
import { EVENTS_CHANNEL } from './operations.row.ts'

/** What one subscriber hears: only that there may be something new. What it is, it reads; so nothing piles up here. */
export type Inbox = {
  /** Resolves when there may be something new, with `beat` after `ms` of silence, and with `closed` once and for all. */
  wait: (ms: number) => Promise<'news' | 'beat' | 'closed'>
  close: () => void
}
export type EventHub = {
  /** Throws `operation.too-many-watchers` (503). */
  subscribe: (operationId: string) => Inbox
  /** How many subscribe now. */
  watchers: () => number
  /** Ends every subscription: what the server does before it stops. */
  release: () => void
  close: () => Promise<void>
}

/** One listening connection per process, however many subscribers there are. A reconnection counts as news for all. */
export async function openEventHub(database: Pick<Database, 'listen'>, { most = 1000 } = {}): Promise<EventHub> {
  const inboxes = new Map<string, Set<{ tell: () => void; close: () => void }>>()
  let count = 0
  const all = () => [...inboxes.values()].flatMap((those) => [...those])
  const listening = await database.listen(EVENTS_CHANNEL, (operationId) => {
    for (const inbox of operationId === '' ? all() : (inboxes.get(operationId) ?? [])) inbox.tell()
  })
  const subscribe = (operationId: string): Inbox => {
    if (count >= most)
      throw problems['operation.too-many-watchers']({
        detail: 'Close other event streams, or ask GET /v1/operations/{id}',
      })
    const { inbox, tell } = latch(() => {
      const those = inboxes.get(operationId)
      if (those?.delete(member)) count--
      if (those?.size === 0) inboxes.delete(operationId)
    })
    const member = { tell, close: inbox.close }
    const those = inboxes.get(operationId) ?? new Set()
    inboxes.set(operationId, those.add(member))
    count++
    return inbox
  }
  const release = () => all().forEach((inbox) => inbox.close())
  return {
    subscribe,
    watchers: () => count,
    release,
    close: async () => {
      release()
      await listening.close()
    },
  }
}

/** Remembers one piece of news until it is asked for. */
function latch(onClose: () => void): { inbox: Inbox; tell: () => void } {
  let news = false
  let closed = false
  let rouse = () => {}
  const wait: Inbox['wait'] = async (ms) => {
    if (!news && !closed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        rouse = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    if (closed) return 'closed'
    const heard = news
    news = false
    return heard ? 'news' : 'beat'
  }
  const tell = () => {
    news = true
    rouse()
  }
  const close = () => {
    if (closed) return
    closed = true
    rouse()
    onClose()
  }
  return { inbox: { wait, close }, tell }
}
