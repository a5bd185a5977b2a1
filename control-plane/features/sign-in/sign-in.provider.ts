import * as oidc from 'openid-client'
import { problems } from './sign-in.errors.ts'
import type { Claims } from './sign-in.claims.ts'
import type { SignInSettings } from './sign-in.settings.ts'

/** What ties an answer of the provider to the question it answers. */
export type Proof = { state: string; nonce: string; verifier: string }
export type Device = {
  deviceCode: string
  userCode: string
  verificationUri: string
  verificationUriComplete: string | null
  expiresInSeconds: number
  intervalSeconds: number
}
export interface IdentityProvider {
  /** Where a browser is sent to. */
  authorizeUrl: (proof: Proof) => Promise<URL>
  /** Trades the code that came back for checked claims. Throws `sign-in.denied`, `sign-in.failed`, `sign-in.client-refused`, `sign-in.provider-away`. */
  exchange: (returned: URL, proof: Proof) => Promise<Claims>
  startDevice: () => Promise<Device>
  /** Asks once whether the person has agreed. Throws like `exchange`. */
  askDevice: (deviceCode: string) => Promise<{ claims: Claims } | { pending: true; slower: boolean }>
}

const CALLBACK = '/v1/sign-in/callback'
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const TIMEOUT_SECONDS = 10

/** The provider as OpenID Connect says; found at its first use, so that the plane starts without it. */
export function identityProvider(settings: SignInSettings): IdentityProvider {
  const redirectUri = `${settings.publicUrl}${CALLBACK}`
  let found: Promise<oidc.Configuration> | undefined
  const provider = () =>
    (found ??= discover(settings).catch((error: unknown) => {
      found = undefined // the next one tries again
      throw error
    }))
  const told = async <T>(work: (config: oidc.Configuration) => Promise<T>): Promise<T> => {
    try {
      return await work(await provider())
    } catch (error) {
      throw asProblem(error)
    }
  }
  return {
    authorizeUrl: ({ state, nonce, verifier }) =>
      told(async (config) => {
        const challenge = await oidc.calculatePKCECodeChallenge(verifier)
        const asked = { redirect_uri: redirectUri, scope: settings.scopes, state, nonce }
        return oidc.buildAuthorizationUrl(config, {
          ...asked,
          code_challenge: challenge,
          code_challenge_method: 'S256',
        })
      }),
    exchange: (returned, { state, nonce, verifier }) =>
      told(async (config) => {
        const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
        return claimsOf(config, await oidc.authorizationCodeGrant(config, returned, checks))
      }),
    startDevice: () =>
      told(async (config) => {
        const device = await oidc.initiateDeviceAuthorization(config, { scope: settings.scopes })
        return {
          deviceCode: device.device_code,
          userCode: device.user_code,
          verificationUri: device.verification_uri,
          verificationUriComplete: device.verification_uri_complete ?? null,
          expiresInSeconds: device.expires_in,
          intervalSeconds: device.interval ?? 5, // RFC 8628, 3.5
        }
      }),
    askDevice: (deviceCode) =>
      told(async (config) => {
        try {
          const tokens = await oidc.genericGrantRequest(config, DEVICE_GRANT, { device_code: deviceCode })
          return { claims: await claimsOf(config, tokens) }
        } catch (error) {
          const code = error instanceof oidc.ResponseBodyError ? error.error : undefined
          if (code === 'authorization_pending' || code === 'slow_down')
            return { pending: true, slower: code === 'slow_down' }
          throw error
        }
      }),
  }
}

async function discover({ issuer, clientId, clientSecret }: SignInSettings): Promise<oidc.Configuration> {
  const url = new URL(issuer)
  const authentication = clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(clientSecret)
  const plain = url.protocol === 'http:' ? { execute: [oidc.allowInsecureRequests] } : {} // on this machine only: see settings
  return oidc.discovery(url, clientId, clientSecret, authentication, { timeout: TIMEOUT_SECONDS, ...plain })
}

/** The checked claims of the ID token, and what the provider tells only when asked, such as groups. */
async function claimsOf(
  config: oidc.Configuration,
  tokens: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers,
): Promise<Claims> {
  const claims = tokens.claims()
  if (claims === undefined) throw problems['sign-in.failed']({ detail: 'It sent no ID token' })
  if (config.serverMetadata().userinfo_endpoint === undefined) return claims
  const more = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub).catch((error: unknown) => {
    if (!(error instanceof oidc.WWWAuthenticateChallengeError)) throw error
    throw problems['sign-in.failed']({ detail: 'Sign in again', cause: error }) // of the person's token, not of the plane
  })
  return { ...more, ...claims }
}

/** The provider's words are not passed on: they may quote what was sent. */
function asProblem(error: unknown): unknown {
  if (refusesThePlane(error)) return problems['sign-in.client-refused']({ cause: error })
  if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError) {
    if (error.error === 'access_denied') return problems['sign-in.denied']({ detail: 'You, or your provider, said no' })
    return problems['sign-in.failed']({ detail: 'Sign in again', cause: error })
  }
  const isAway = error instanceof TypeError || (error instanceof Error && /Timeout|Abort/.test(error.name))
  if (isAway && !(error instanceof oidc.ClientError)) return problems['sign-in.provider-away']({ cause: error })
  if (error instanceof oidc.ClientError) {
    const away = error.code === 'OAUTH_TIMEOUT' || error.cause instanceof TypeError
    return away
      ? problems['sign-in.provider-away']({ cause: error })
      : problems['sign-in.failed']({ detail: 'Sign in again', cause: error })
  }
  return error
}

/** The client is unknown there, its secret is wrong (RFC 6749, 5.2: as a challenge or in the body), or it lacks a grant. */
const refusesThePlane = (error: unknown): boolean =>
  error instanceof oidc.WWWAuthenticateChallengeError ||
  (error instanceof oidc.ResponseBodyError && ['invalid_client', 'unauthorized_client'].includes(error.error))
