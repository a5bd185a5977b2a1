import { randomBytes } from 'node:crypto'
import type { UnitNames } from '../../control-plane/domain/naming.ts'
import type { UnitPasswords } from './unit-database.ts'

/** Keys of the Secret `database` of a unit (product contract) and the login each URL is for. */
const KEYS = { DATABASE_URL: 'app', MIGRATION_DATABASE_URL: 'owner', COPY_DATABASE_URL: 'copy' } as const
type Key = keyof typeof KEYS
export const SECRET_KEYS = Object.keys(KEYS) as Key[]
type Address = { host: string; port: number; tls?: boolean }

const loginOf = (names: UnitNames, key: Key): string =>
  ({ app: names.appRole, owner: names.ownerRole, copy: names.copyRole })[KEYS[key]]

/** `password` as it stands in a URL. */
const urlOf = ({ host, port, tls }: Address, names: UnitNames, key: Key, password: string): string =>
  `postgres://${loginOf(names, key)}:${password}@${host}:${port}/${names.database}${tls ? '?sslmode=require' : ''}`

/** Content of a unit's database Secret with fresh passwords (192 bits each), for `ensureSecret`. */
export function makeDatabaseSecret(address: Address, names: UnitNames): Record<string, string> {
  const url = (key: Key) => urlOf(address, names, key, randomBytes(24).toString('hex'))
  return Object.fromEntries(SECRET_KEYS.map((key) => [key, url(key)]))
}

/** The passwords inside such a content: what exists in the Secret is what the database must accept. */
export function passwordsIn(secret: Readonly<Record<string, string>>): UnitPasswords {
  const password = (key: Key): string => {
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

/** What `scram.ts` can make a verifier of. */
const PASSWORD = /^[\x21-\x7e]+$/

/** Whether a value can be one that `makeDatabaseSecret` gave: this server, this database, this login and some password. */
export function holdsUrl(address: Address, names: UnitNames, key: string, value: string): boolean {
  const known = SECRET_KEYS.find((one) => one === key)
  const url = URL.parse(value)
  if (known === undefined || !url?.password || !PASSWORD.test(url.password)) return false
  return value === urlOf(address, names, known, url.password)
}

/** The passwords of those values that can be ours. */
export const knownPasswords = (
  address: Address,
  names: UnitNames,
  secret: Readonly<Record<string, string>>,
): Partial<UnitPasswords> =>
  Object.fromEntries(
    SECRET_KEYS.flatMap((key) => {
      const value = secret[key] ?? ''
      return holdsUrl(address, names, key, value)
        ? [[KEYS[key], decodeURIComponent(URL.parse(value)?.password ?? '')]]
        : []
    }),
  )
