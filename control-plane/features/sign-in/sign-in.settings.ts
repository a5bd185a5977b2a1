import { isRole, ROLE_NAMES, type Role } from '../../domain/access.ts'
import { ConfigError, type Config } from '../../platform/config.ts'

/** Groups and the roles they give, the first that fits decides. */
export type GroupRoles = readonly (readonly [group: string, role: Role])[]
export type SignInSettings = {
  issuer: string
  clientId: string
  clientSecret: string | undefined
  scopes: string
  groupsClaim: string
  roles: GroupRoles
  /** Where people reach the API: what the provider sends them back to. */
  publicUrl: string
}
type Names =
  | 'STEWARD_OIDC_ISSUER'
  | 'STEWARD_OIDC_CLIENT_ID'
  | 'STEWARD_OIDC_CLIENT_SECRET'
  | 'STEWARD_OIDC_SCOPES'
  | 'STEWARD_OIDC_GROUPS_CLAIM'
  | 'STEWARD_OIDC_ROLES'
  | 'STEWARD_PUBLIC_URL'

/** What signing in needs, or null where no issuer is configured. Throws a `ConfigError` with all that is missing or wrong. */
export function signInSettings(config: Pick<Config, Names>): SignInSettings | null {
  const { STEWARD_OIDC_ISSUER: issuer, STEWARD_OIDC_CLIENT_ID: clientId, STEWARD_OIDC_ROLES: roles } = config
  if (issuer === undefined) return null
  const faults: string[] = []
  if (!isPrivate(issuer)) faults.push('STEWARD_OIDC_ISSUER must begin with https:// unless it is on this machine')
  if (clientId === undefined) faults.push('STEWARD_OIDC_CLIENT_ID is not set, but STEWARD_OIDC_ISSUER is')
  const mapped = groupRoles(roles ?? '', faults)
  if (mapped.length === 0) faults.push('STEWARD_OIDC_ROLES gives no group a role: nobody could sign in')
  if (faults.length > 0) throw new ConfigError(faults)
  return {
    issuer,
    clientId: clientId ?? '',
    clientSecret: config.STEWARD_OIDC_CLIENT_SECRET,
    scopes: config.STEWARD_OIDC_SCOPES,
    groupsClaim: config.STEWARD_OIDC_GROUPS_CLAIM,
    roles: mapped,
    publicUrl: config.STEWARD_PUBLIC_URL.replace(/\/+$/, ''),
  }
}

/** Nobody can listen in between: it is encrypted, or never leaves this machine. */
function isPrivate(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'https:' || ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname))
}

function groupRoles(text: string, faults: string[]): GroupRoles {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '')
  return pairs.flatMap((pair) => {
    const at = pair.lastIndexOf('=')
    const [group, role] = [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
    if (at > 0 && group !== '' && isRole(role)) return [[group, role] as const]
    faults.push(`STEWARD_OIDC_ROLES has "${pair.trim()}": write group=role, role one of ${ROLE_NAMES.join(', ')}`)
    return []
  })
}
