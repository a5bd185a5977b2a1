const DAY_MS = 86_400_000

/** When a trial of so many days ends that begins now; null: there is none. */
export const trialEnd = (days: number | null, now: Date): string | null =>
  days === null ? null : new Date(now.getTime() + days * DAY_MS).toISOString()
