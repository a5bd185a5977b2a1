import type { Logger } from 'pino'

/** What the parts of the estate log to: objects with an `event`, constant text. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
