import { createSign } from 'node:crypto'

/** What a token of a service account says of itself. */
export type Claims = { exp: number; iat: number; nbf: number; jti: string; sub: string }

export const claimsOf = (token: string): Claims =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims // what the API server signed

/** The same token with other claims, signed with the API server's own key (RSA): how a test comes by one that has ended. */
export function resigned(token: string, change: Partial<Claims>, key: string): string {
  const claims = Buffer.from(JSON.stringify({ ...claimsOf(token), ...change })).toString('base64url')
  const text = `${token.split('.')[0]}.${claims}`
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key).toString('base64url')}`
}
