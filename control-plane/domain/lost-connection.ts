const LOST = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/** Whether the system says that a connection could not be made or was lost: by errno(3) and getaddrinfo(3), all of which may pass. */
export const isLostConnection = (error: Error): boolean => 'code' in error && LOST.has(String(error.code))
