/** Over TLS the name itself promises that nobody but this host has set it (RFC 6265bis, 4.1.3.2). */
const SECURE_SESSION = '__Host-steward-session'
const PLAIN_SESSION = 'steward-session'
/** Names under which a browser brings its session. */
export const SESSION_COOKIES: readonly string[] = [SECURE_SESSION, PLAIN_SESSION]

/** The value of the first cookie of these names in a `Cookie` header. */
export function cookieOf(header: string | undefined, names: readonly string[]): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim().split('='))
  return names.flatMap((name) => pairs.filter(([key]) => key === name).map(([, value]) => value))[0]
}

/** Not readable by scripts, not sent along by other sites; it lasts as long as the browser, the session itself ends earlier. */
export const sessionCookie = (secret: string, secure: boolean): string =>
  `${secure ? SECURE_SESSION : PLAIN_SESSION}=${secret}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
