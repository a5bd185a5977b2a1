import { Readable } from 'node:stream'
import { isFinal, OPERATION_STATES } from '../../domain/operation-states.ts'
import type { Database } from '../../platform/database.ts'
import { problems } from './operations.errors.ts'
import type { EventHub, Inbox } from './operations.hub.ts'
import type { OperationEvent } from './operations.schema.ts'
import { viewsStore } from './operations.views-store.ts'

export type OperationsEvents = {
  /**
   * The events after number `after` as a text/event-stream: what happened, then what happens, up to the operation's end. Null
   * when it has ended and nothing is left to tell. Throws `operation.not-found`, `operation.too-many-watchers`.
   */
  open: (operationId: string, after: number) => Promise<Readable | null>
  /** Ends every stream. */
  release: () => void
}

export type StreamTimes = {
  /** Silence after which a comment tells both ends that the other is there. */
  beatMs: number
  /** A stream ends after this time, so that a token that was revoked does not go on reading; its reader comes back with Last-Event-ID. */
  longestMs: number
}

const PAGE = 100
const FINAL_TYPES: ReadonlySet<string> = new Set(OPERATION_STATES.filter(isFinal).map((state) => `operation.${state}`))

const frame = (event: OperationEvent): string =>
  `id: ${event.sequence}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

/** Serves live events from the rows: the hub only says when to look, so a reader that is slow or late misses nothing. */
export const operationsEvents = (
  { database, hub }: { database: Pick<Database, 'statement'>; hub: EventHub },
  { beatMs, longestMs }: StreamTimes = { beatMs: 15_000, longestMs: 900_000 },
): OperationsEvents => {
  const read = (operationId: string, after: number) =>
    database.statement((tx) => tx.all(viewsStore.events, operationId, after, PAGE))

  async function* frames(operationId: string, from: number, inbox: Inbox): AsyncGenerator<string, void> {
    const endsAt = performance.now() + longestMs
    let after = from
    yield 'retry: 1000\n\n'
    while (performance.now() < endsAt) {
      const events = await read(operationId, after)
      for (const event of events) {
        yield frame(event)
        after = event.sequence
        if (FINAL_TYPES.has(event.type)) return
      }
      if (events.length === PAGE) continue
      const heard = await inbox.wait(beatMs)
      if (heard === 'closed') return
      if (heard === 'beat') yield ': still here\n\n'
    }
  }

  return {
    async open(operationId, after) {
      const inbox = hub.subscribe(operationId) // before the first look, or what happens in between is heard by nobody
      try {
        const head = await database.statement((tx) => tx.maybe(viewsStore.eventsHead, operationId))
        if (head === undefined)
          throw problems['operation.not-found']({ detail: `There is no operation ${operationId}` })
        if (head.finished && after >= head.last) {
          inbox.close()
          return null
        }
      } catch (error) {
        inbox.close()
        throw error
      }
      return readableOf(frames(operationId, after, inbox), inbox.close)
    },
    release: hub.release,
  }
}

/**
 * A stream that asks for the next piece when the reader has taken the last ones. `Readable.from` would do, but it waits for the
 * piece that is being made before it lets go: a reader that left would be served until the next beat.
 */
function readableOf(pieces: AsyncGenerator<string, void>, onLeave: () => void): Readable {
  return new Readable({
    read() {
      pieces.next().then(
        // an end pushed into a stream that was cut would make it look complete: its reader would wait for ever
        ({ value, done }) => this.destroyed || this.push(done ? null : value),
        (error: Error) => this.destroy(error),
      )
    },
    destroy(error, done) {
      onLeave() // the reader has left, or the end was reached
      done(error)
    },
  })
}
