/** DNS label rules (RFC 1035 section 2.3.1), 3 to 40 long so that names derived from it stay inside 63. */
export const SLUG_PATTERN = '^[a-z][a-z0-9]*(-[a-z0-9]+)*$'
export const SLUG_MIN = 3
export const SLUG_MAX = 40

/** Names that would collide with host names or words of the plane itself. */
export const RESERVED_SLUGS: ReadonlySet<string> = new Set([
  'admin',
  'api',
  'app',
  'auth',
  'console',
  'default',
  'docs',
  'edge',
  'gateway',
  'health',
  'help',
  'internal',
  'localhost',
  'login',
  'mail',
  'metrics',
  'none',
  'placeholder',
  'root',
  'static',
  'status',
  'steward',
  'support',
  'system',
  'www',
])

const UUID_SHAPE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Addresses accept an id or a slug in one place, so no slug may look like an id. */
export const looksLikeId = (text: string): boolean => UUID_SHAPE.test(text)

/** What the second unit of a tenant's own is called after its slug. */
const UNIT_SHAPE = /-unit-[0-9]$/
/** The longest name of a unit: a slug with such an end. */
export const UNIT_NAME_MAX = SLUG_MAX + '-unit-2'.length

/** Names nobody may have: words of the plane, what would be read as an id, and what units of others are called. */
export const isReservedSlug = (slug: string): boolean =>
  RESERVED_SLUGS.has(slug) || looksLikeId(slug) || UNIT_SHAPE.test(slug)
