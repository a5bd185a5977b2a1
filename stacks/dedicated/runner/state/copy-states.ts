import { runnerProblems } from '../runner.errors.ts'
import { PROJECT } from '../stack-run.ts'
import { takeStack, type Taken } from '../stack-lock.ts'
import { LEASE_MS } from './lease.ts'
import type { Shelf } from './shelf.ts'

/** What a run needs while it goes on, and locks of runs that are over. */
const LEFT_OUT = /^(?:runs|\.pulumi\/locks|leases)(?:\/|$)|\.new$/
/** Until a machine that is gone is known to be. */
const GONE_AFTER_MS = LEASE_MS + 5_000

/**
 * Copies what is kept of all stacks from a folder into a bucket or back, where it lies under the same names. What is there already is never
 * written over: the same is passed by, so that it may be repeated, and anything else fails with `state.exists` before anything is copied. Fails
 * with `stack.busy` while a run goes on where it is copied from, `state.unreachable` and `state.refused`. Tells how many were copied, and how
 * many were there before.
 */
export async function copyStates(from: Shelf, to: Shelf): Promise<{ copied: number; there: number }> {
  const taken: Taken[] = []
  const stores = []
  try {
    const places = (await from.places()).filter((place) => !LEFT_OUT.test(place))
    for (const stack of stacksAmong(places)) {
      const store = from.store(stack)
      stores.push(store)
      const terms = { epoch: null, leaseMs: LEASE_MS, waitMs: store.shared ? GONE_AFTER_MS : 0 }
      taken.push(await takeStack(store, terms, new AbortController().signal))
    }
    const missing: { place: string; body: Uint8Array }[] = []
    let there = 0
    for (const place of places) {
      const [body, found] = await Promise.all([from.read(place), to.read(place)])
      if (body === undefined) continue // gone since it was listed: it belonged to no stack that is taken
      if (found === undefined) missing.push({ place, body })
      else if (Buffer.from(body).equals(found)) there++
      else
        throw runnerProblems['state.exists']({ detail: `${to.address(place)} is not what ${from.address(place)} is` })
    }
    for (const { place, body } of missing) {
      for (const { lost } of taken) lost.throwIfAborted()
      await to.add(place, body)
    }
    return { copied: missing.length, there }
  } finally {
    for (const one of taken) await one.release()
    for (const store of stores) store.close()
  }
}

const stacksAmong = (places: readonly string[]): string[] =>
  places.flatMap((place) => new RegExp(`^\\.pulumi/stacks/${PROJECT}/(.+)\\.json$`).exec(place)?.[1] ?? [])
