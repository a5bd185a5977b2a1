/** The port through which time enters; tests move this one and nothing else. */
export interface Clock {
  now: () => Date
}
export const systemClock: Clock = { now: () => new Date() }
