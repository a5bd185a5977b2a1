import type { Readable } from 'node:stream'
import { type KubeClient, KubeError } from './client.ts'
import type { Log } from './log.ts'
import type { WireObject } from './wire.ts'

export type ReflectorOptions<T> = {
  client: KubeClient
  /** Collection path, for example `/api/v1/pods`. */
  path: string
  query?: Record<string, string>
  /** Called after `items` changed, with what the object is now (`null`: gone) and what it was. */
  onChange: (key: string, now: T | null, before: T | null) => void
  /** Called once the first list has been delivered, and after every later list. */
  onSync?: () => void
  log: Log
}

export interface Reflector<T> {
  /** Current objects by `namespace/name`. */
  items: ReadonlyMap<string, T>
  synced: () => boolean
  stop: () => void
}

export const keyOf = ({ metadata }: WireObject): string => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`

type WatchEvent<T> = { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'; object: T }
type List<T> = { metadata: { resourceVersion: string }; items: T[] }

/** Longest pause between attempts to reach an API server that is away, in milliseconds. */
const LONGEST_PAUSE_MS = 2_000
const FIRST_PAUSE_MS = 10
/** A watch that held this long ended in the ordinary way, in milliseconds. */
const STEADY_MS = 1_000

/**
 * Keeps a copy of one collection: lists, watches from there, and lists again when the server has forgotten the place (410).
 * A relist is delivered as the difference, so a listener never misses a removal that happened while the server was away.
 */
export function reflect<T extends WireObject>(options: ReflectorOptions<T>): Reflector<T> {
  const items = new Map<string, T>()
  const abort = new AbortController()
  let synced = false
  const path = (extra: Record<string, string>) =>
    `${options.path}?${new URLSearchParams({ ...options.query, ...extra }).toString()}`

  const change = (key: string, now: T | null) => {
    const before = items.get(key) ?? null
    if (now) items.set(key, now)
    else if (!items.delete(key)) return
    options.onChange(key, now, before)
  }

  const list = async (): Promise<string> => {
    const { items: found, metadata } = await options.client.get<List<T>>(path({}))
    const present = new Map(found.map((item) => [keyOf(item), item]))
    for (const key of items.keys()) if (!present.has(key)) change(key, null)
    for (const [key, item] of present) {
      if (items.get(key)?.metadata?.resourceVersion !== item.metadata?.resourceVersion) change(key, item)
    }
    synced = true
    options.onSync?.()
    return metadata.resourceVersion
  }

  /** Follows changes after `version`; returns the version to go on from when the server ends the stream. */
  const follow = async (version: string): Promise<string> => {
    // The server ends it after the timeout; a connection that died without a word is noticed then at the latest.
    const stream = await options.client.watch(
      path({ watch: 'true', allowWatchBookmarks: 'true', resourceVersion: version, timeoutSeconds: '290' }),
      abort.signal,
    )
    let last = version
    for await (const line of lines(stream)) {
      const event = JSON.parse(line) as WatchEvent<T> // one event per line is the watch protocol
      if (event.type === 'ERROR') {
        const { code, reason } = event.object as { code?: number; reason?: string }
        throw new KubeError(code ?? 500, reason ?? 'Unknown', `watch of ${options.path} ended by the server`)
      }
      last = event.object.metadata?.resourceVersion ?? last
      if (event.type !== 'BOOKMARK') change(keyOf(event.object), event.type === 'DELETED' ? null : event.object)
    }
    return last
  }

  void keepFollowing({ list, follow, signal: abort.signal, log: options.log, path: options.path })
  return { items, synced: () => synced, stop: () => abort.abort() }
}

type Rounds = {
  list: () => Promise<string>
  follow: (version: string) => Promise<string>
  signal: AbortSignal
  log: Log
  path: string
}

async function keepFollowing({ list, follow, signal, log, path }: Rounds): Promise<void> {
  let version: string | null = null
  let pause = FIRST_PAUSE_MS
  while (!signal.aborted) {
    const since = Date.now()
    try {
      version ??= await list()
      version = await follow(version)
    } catch (error) {
      if (signal.aborted) return
      // Only an API server that refuses the version costs a new list; a lost connection goes on where it stopped.
      if (error instanceof KubeError) version = null
      log.debug({ event: 'watch.interrupted', path, err: error }, 'watch interrupted')
    }
    // A server that is going away ends new watches at once: asking again without a pause would only spin.
    const held = Date.now() - since > STEADY_MS
    pause = held ? FIRST_PAUSE_MS : Math.min(pause * 2, LONGEST_PAUSE_MS)
    await sleep(pause, signal)
  }
}

/** The lines of a text stream; throws when the connection breaks. */
async function* lines(stream: Readable): AsyncGenerator<string> {
  stream.setEncoding('utf8')
  let rest = ''
  for await (const chunk of stream as AsyncIterable<string>) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
}

/** Waits; returns early, without an error, when the signal fires. */
export const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })
