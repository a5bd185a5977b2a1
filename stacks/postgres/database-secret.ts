import { randomBytes } from 'node:crypto'
import type { UnitNames } from '../../control-plane/domain/naming.ts'
import type { UnitPasswords } from './unit-database.ts'

/** Keys of the Secret `database` of a unit (product contract) and the login each URL is for. */
const KEYS = { DATABASE_URL: 'app', MIGRATION_DATABASE_URL: 'owner', COPY_DATABASE_URL: 'copy' } as const

/** Content of a unit's database Secret with fresh passwords (192 bits each), for `ensureSecret`. */
export function makeDatabaseSecret(
  { host, port }: { host: string; port: number },
  names: UnitNames,
): Record<string, string> {
  const logins = { app: names.appRole, owner: names.ownerRole, copy: names.copyRole }
  const url = (login: string) =>
    `postgres://${login}:${randomBytes(24).toString('hex')}@${host}:${port}/${names.database}`
  return Object.fromEntries(Object.entries(KEYS).map(([key, login]) => [key, url(logins[login])]))
}

/** The passwords inside such a content: what exists in the Secret is what the database must accept. */
export function passwordsIn(secret: Readonly<Record<string, string>>): UnitPasswords {
  const password = (key: keyof typeof KEYS): string => {
    const url = URL.parse(secret[key] ?? '')
    if (!url?.password) throw new Error(`the database Secret holds no URL with a password under ${key}`)
    return decodeURIComponent(url.password)
  }
  return {
    app: password('DATABASE_URL'),
    owner: password('MIGRATION_DATABASE_URL'),
    copy: password('COPY_DATABASE_URL'),
  }
}
