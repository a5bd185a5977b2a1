import type { Role } from '../../domain/access.ts'
import type { SignInSettings } from './sign-in.settings.ts'

/** What a provider says of a person: untrusted in shape, trusted in content once its signature is checked. */
export type Claims = Readonly<Record<string, unknown>>
export type Person = {
  issuer: string
  subject: string
  name: string
  /** Null: none of its groups has a role here. */
  role: Role | null
  /** How it proved itself (RFC 8176). */
  amr: string[]
  mfa: boolean
}

/** Reads a person out of claims whose signature, issuer, audience and nonce were checked before. */
export function personOf(
  claims: Claims,
  { groupsClaim, roles }: Pick<SignInSettings, 'groupsClaim' | 'roles'>,
): Person {
  const [issuer, subject] = [textOf(claims['iss']), textOf(claims['sub'])]
  if (issuer === undefined || subject === undefined) throw new Error('checked claims have an issuer and a subject')
  const groups = textsOf(claims[groupsClaim])
  const amr = textsOf(claims['amr']).slice(0, 20)
  const named = textOf(claims['email']) ?? textOf(claims['preferred_username']) ?? textOf(claims['name']) ?? subject
  return {
    issuer,
    subject,
    name: named.replaceAll(/\p{Cc}/gu, ' ').slice(0, 200),
    role: roles.find(([group]) => groups.includes(group))?.[1] ?? null,
    amr,
    mfa: amr.some((method) => MFA.has(method)),
  }
}

/** Methods that stand for a second factor by themselves; `pwd` and the like do not. */
const MFA: ReadonlySet<string> = new Set(['mfa', 'otp', 'hwk', 'swk', 'fpt', 'face', 'sc'])

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
/** Providers send one group as text, too. */
const textsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).flatMap((one: unknown) => textOf(one) ?? [])
