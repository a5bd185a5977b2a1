const DAY_MS = 86_400_000

/** When a trial of so many days ends that begins now; null: there is none. */
export const trialEnd = (days: number | null, now: Date): string | null =>
  days === null ? null : new Date(now.getTime() + days * DAY_MS).toISOString()

/** When a trial ends that gets more days: after the end it had, or after now when that is past. */
export const extendedEnd = (end: Date, days: number, now: Date): string =>
  new Date(Math.max(end.getTime(), now.getTime()) + days * DAY_MS).toISOString()
