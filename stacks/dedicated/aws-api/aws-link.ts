import { setTimeout as pause } from 'node:timers/promises'
import { awsProblem, awsProblems } from './aws.errors.ts'

/** How a long action at AWS is stopped (`signal`), and how it says where it is (`onEvent`: one plain sentence, never a secret). */
export type AwsLink = { signal: AbortSignal; onEvent?: (event: { message: string }) => void }

/**
 * Calls AWS. Throws a Problem of `awsProblems`, or the signal's reason as soon as it is aborted. `what` names the call for people;
 * `confidential`: what is sent must not be told, so AWS's own sentence is not either.
 */
export async function ask<T>(
  what: string,
  { signal }: AwsLink,
  call: (abortSignal: AbortSignal) => Promise<T>,
  confidential = false,
): Promise<T> {
  signal.throwIfAborted()
  try {
    return await call(signal)
  } catch (error) {
    signal.throwIfAborted() // the caller's own reason, not the SDK's AbortError
    throw awsProblem(error, what, confidential)
  }
}

/** Everything of an answer in pages. Breaks off when AWS hands out the same token twice, which would never end. */
export async function* pages<Page>(
  fetchPage: (token: string | undefined) => Promise<Page>,
  nextToken: (page: Page) => string | undefined,
): AsyncGenerator<Page> {
  const seen = new Set<string>()
  for (let token: string | undefined; ;) {
    const page = await fetchPage(token)
    yield page
    token = nextToken(page) || undefined // some services say that there is no more by an empty text
    if (token === undefined) return
    if (seen.has(token))
      throw awsProblems['aws.failed']({ detail: 'a list of AWS does not end: the same page comes again' })
    seen.add(token)
  }
}

export type Patience = { everyMs: number; withinMs: number }

/**
 * Asks again until `look` has an answer. Each look that has none says in words what it saw, which is told once per change. Throws
 * `aws.stalled` with the last of them when the time is over.
 */
export async function awaitAws<T>(
  what: string,
  link: AwsLink,
  { everyMs, withinMs }: Patience,
  look: () => Promise<{ done: T } | { seen: string }>,
): Promise<T> {
  const began = performance.now()
  let last = ''
  for (;;) {
    const found = await look()
    if ('done' in found) return found.done
    if (found.seen !== last) link.onEvent?.({ message: `${what}: ${found.seen}` })
    last = found.seen
    if (performance.now() - began > withinMs)
      throw awsProblems['aws.stalled']({ detail: `${what}: ${last} after ${Math.round(withinMs / 1000)} s` })
    await rest(everyMs, link.signal)
  }
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
}
