/** Requests sent by the clock, whatever became of those before: how strangers behave. */
export type Load = {
  /** Requests a second. */
  perSecond: number
  /** Requests in all: it stops by itself. */
  count: number
}
export type Answered = {
  /** From the moment each request was due to its answer, in milliseconds: waiting to be sent counts. */
  latenciesMs: number[]
  /** How often each status was answered; `failed` when there was no answer. */
  statuses: Record<string, number>
}

const TICK_MS = 5

/** Sends `count` requests at a steady rate without waiting for answers, and resolves when the last was answered. */
export async function sendOpenLoop({ perSecond, count }: Load, ask: () => Promise<number>): Promise<Answered> {
  const answered: Answered = { latenciesMs: [], statuses: {} }
  const began = performance.now()
  const dueAt = (index: number) => began + (index * 1000) / perSecond
  const one = async (due: number): Promise<void> => {
    const status = await ask().catch(() => 'failed')
    answered.latenciesMs.push(performance.now() - due)
    answered.statuses[status] = (answered.statuses[status] ?? 0) + 1
  }
  const sent: Promise<void>[] = []
  while (sent.length < count) {
    while (sent.length < count && dueAt(sent.length) <= performance.now()) sent.push(one(dueAt(sent.length)))
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  await Promise.all(sent)
  return answered
}
