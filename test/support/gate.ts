import { until } from './postgres.ts'

/** Holds whoever passes until it is opened: a test then knows that an effect is under way. */
export type Gate = { pass: () => Promise<void>; reached: () => Promise<void>; open: () => void }

export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>()
  let waiting = 0
  return {
    async pass() {
      waiting += 1
      await promise
    },
    reached: () =>
      until(async () => {
        if (waiting === 0) throw new Error('nobody has reached the gate')
      }),
    open: resolve,
  }
}
