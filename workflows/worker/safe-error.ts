/** What of a fault may be logged: its kind, the first line of its message and where it came from. */
export type SafeError = { type: string; message: string; code?: string | number; stack?: string; cause?: SafeError }

const CREDENTIALS_IN_URL = /([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi
const LONGEST = 300

/**
 * Drivers quote what they sent: a rejected Secret, a row, a URL with its password. Bodies and details follow in further lines
 * and members, so these stay behind; the frames of the stack are our own code.
 */
export function safeError(error: unknown): SafeError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an error object' }
  const code =
    'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? error.code : undefined
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line))
  return {
    type: error.name,
    message: firstLine(error.message),
    ...(code === undefined ? {} : { code }),
    ...(frames ? { stack: frames.join('\n') } : {}),
    ...(error.cause === undefined ? {} : { cause: safeError(error.cause) }),
  }
}

const firstLine = (message: string): string =>
  (message.split('\n')[0] ?? '').replaceAll(CREDENTIALS_IN_URL, '$1[redacted]@').slice(0, LONGEST)
