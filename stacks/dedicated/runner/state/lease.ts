import { createHash, randomUUID } from 'node:crypto'
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { runnerProblems } from '../runner.errors.ts'
import { startGuard } from './guard.ts'
import type { StateStore } from './state-store.ts'

/** After so long without a renewal another runner may take the stack. */
export const LEASE_MS = 45_000
/** Of that time: how often it is renewed, and when its holder ends its engine. The rest is for killing, and for clocks that run unevenly. */
const RENEWED = 1 / 9
const ENDED = 2 / 3
const POLL_MS = 500

type Claim = {
  /** Of this one taking; null: nobody works on the stack. */
  holder: string | null
  /** Within which the kernel's lock tells whether the holder lives. */
  machine: string
  host: string
  pid: number
  leaseMs: number
  /** Rises with each renewal, so that no two have the same text. */
  beat: number
}
export type Lease = {
  holder: string
  /** Aborted with `state.lease-lost`: its engine is being killed, and nothing may be written any more. */
  lost: AbortSignal
  release: () => Promise<void>
}
type Wait = { leaseMs: number; patience: AbortSignal; stop: AbortSignal }

/**
 * Takes the stack for this machine, whose kernel's lock the caller holds. The holder renews; who waits takes over only what has not changed
 * for the holder's whole time by the waiting one's own clock: no times of two machines are ever compared. Their clocks must only run at
 * about the same speed, and a machine that slept must not go on as if it had not. Fails with `stack.busy`.
 */
export async function takeLease(store: StateStore, { leaseMs, patience, stop }: Wait): Promise<Lease> {
  const machine = await thisMachine(store)
  const claim = { holder: randomUUID(), machine, host: hostname(), pid: process.pid, leaseMs, beat: 0 }
  let watched: { version: string | undefined; since: number } | undefined
  for (;;) {
    stop.throwIfAborted()
    const found = await store.read('lease')
    const other = found && claimIn(found.text)
    const now = performance.now()
    if (watched?.version !== found?.version || !watched) watched = { version: found?.version, since: now }
    const isOver = !other || other.holder === null || other.machine === machine
    if (isOver || now - watched.since >= Math.max(other.leaseMs, leaseMs)) {
      const sent = performance.now()
      const version = await store.swap('lease', JSON.stringify(claim), found?.version)
      if (version !== undefined) return keep(store, claim, version, sent)
    } else if (patience.aborted) {
      const detail = `process ${other.pid} of ${other.host} works on ${store.address('state')}`
      throw runnerProblems['stack.busy']({ detail })
    }
    await pause(Math.min(POLL_MS, leaseMs * RENEWED))
  }
}

/** Whoever holds the kernel's lock of this store here knows that no other process here does. */
async function thisMachine({ name }: StateStore): Promise<string> {
  const spaces = await Promise.all(['net', 'pid'].map((space) => readlink(`/proc/self/ns/${space}`)))
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
  return createHash('sha256')
    .update([boot.trim(), ...spaces, name].join('\n'))
    .digest('hex')
}

/** What cannot be read is nobody's: the version still decides who is first. */
function claimIn(text: string): Claim | undefined {
  try {
    const claim = JSON.parse(text) as Partial<Claim>
    return typeof claim.leaseMs === 'number' ? (claim as Claim) : undefined // written by this file
  } catch {
    return undefined
  }
}

function keep(store: StateStore, claim: Claim & { holder: string }, first: string, taken: number): Lease {
  const lost = new AbortController()
  const over = new AbortController()
  const guard = startGuard(claim.holder)
  let version = first
  let beat = 0
  let deadline: NodeJS.Timeout | undefined
  const lose = (why: string) => {
    if (over.signal.aborted) return
    over.abort()
    clearTimeout(deadline)
    lost.abort(runnerProblems['state.lease-lost']({ detail: `${store.address('lease')}: ${why}` }))
    guard.endNow()
  }
  const goOn = (sent: number) => {
    const left = claim.leaseMs * ENDED - (performance.now() - sent)
    clearTimeout(deadline)
    deadline = setTimeout(lose, left, 'it could not be renewed in time').unref()
    guard.goOn(left)
  }
  /** False when it is another's. An answer may have been lost: then it is ours, under a version that nobody told us. */
  const renew = async (): Promise<boolean> => {
    const text = JSON.stringify({ ...claim, beat: ++beat })
    for (let seen: string | undefined = version; seen !== undefined;) {
      const next = await store.swap('lease', text, seen)
      if (next !== undefined) version = next
      if (next !== undefined) return true
      const found = await store.read('lease')
      seen = found && claimIn(found.text)?.holder === claim.holder ? found.version : undefined
    }
    return false
  }
  const renewing = async () => {
    while (!over.signal.aborted) {
      await pause(claim.leaseMs * RENEWED, undefined, { signal: over.signal, ref: false }).catch(() => undefined)
      if (over.signal.aborted) return
      const sent = performance.now()
      const isOurs = await renew().catch(() => undefined) // asked again until the time is up
      if (isOurs === false) lose('another runner took it')
      else if (isOurs && !over.signal.aborted) goOn(sent)
    }
  }
  goOn(taken)
  const renewals = renewing()
  return {
    holder: claim.holder,
    lost: lost.signal,
    async release() {
      over.abort()
      clearTimeout(deadline)
      await renewals
      if (!lost.signal.aborted) {
        const left = JSON.stringify({ ...claim, holder: null, beat: ++beat })
        await store.swap('lease', left, version).catch(() => undefined) // it runs out by itself
      }
      guard.done()
    },
  }
}
