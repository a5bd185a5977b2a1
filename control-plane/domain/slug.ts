/** DNS label rules (RFC 1035 section 2.3.1), 3 to 40 long so that names derived from it stay inside 63. */
export const SLUG_PATTERN = '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'
export const SLUG_MIN = 3
export const SLUG_MAX = 40

/** Names that would collide with host names or words of the plane itself. */
export const RESERVED_SLUGS: ReadonlySet<string> = new Set([
  'admin', 'api', 'app', 'auth', 'console', 'default', 'docs', 'edge', 'gateway', 'health', 'help', 'internal', 'localhost',
  'login', 'mail', 'metrics', 'none', 'placeholder', 'root', 'static', 'status', 'steward', 'support', 'system', 'www',
])

export const isReservedSlug = (slug: string): boolean => RESERVED_SLUGS.has(slug)
