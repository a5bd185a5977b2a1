/** Takes the credentials out of text that a program or server wrote: user and password in URLs, and `password=…` pairs. */
export const scrub = (text: string): string =>
  text
    .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1[redacted]@')
    .replaceAll(/\b(password|passwd|pwd|token|secret)(["']?\s*[=:]\s*["']?)[^\s"',;]+/gi, '$1$2[redacted]')
