import { request } from 'node:https'
import { SpanKind } from '@opentelemetry/api'
import type { TenantAccount } from '../../domain/naming.ts'
import { problems as generic } from '../../platform/problems.ts'
import { inSpan } from '../../platform/spans.ts'
import type { ClusterAccess } from './kubeconfigs.cluster-access.ts'
import { problems } from './kubeconfigs.errors.ts'

/** Long enough for an API server that changes its leader, short enough for somebody who waits. */
const ANSWER_MS = 10_000
const LARGEST_ANSWER = 64 * 1024

export type WantedToken = { namespace: string; account: TenantAccount; seconds: number }
/** A token of a service account, when it ends, and the name under which the API server's own audit log tells of it. */
export type AccountToken = { token: string; expiresAt: string; credentialId: string | null }

/**
 * Asks the API server for a token of one of a tenant's accounts. It is in memory only, here and at the caller's; no error quotes
 * it. Throws `kubeconfig.no-account`, `plane.unavailable`, or an error of ours when the credential is refused.
 */
export const requestToken = (access: ClusterAccess, wanted: WantedToken): Promise<AccountToken> =>
  inSpan('kubernetes token-request', { kind: SpanKind.CLIENT }, async () => {
    const { status, body } = await send(access, wanted).catch((cause: unknown) => {
      throw generic['plane.unavailable']({ cause })
    })
    if (status === 201) return tokenIn(body)
    const what = `the API server answered ${status} to a token of ${wanted.namespace}/${wanted.account}`
    if (status === 404)
      throw problems['kubeconfig.no-account']({
        detail: `${wanted.namespace} has no account ${wanted.account}: see GET /v1/units/…/drift for what is missing`,
      })
    if (status === 429 || status >= 500) throw generic['plane.unavailable']({ cause: new Error(what) })
    throw new Error(what)
  })

async function send(access: ClusterAccess, { namespace, account, seconds }: WantedToken) {
  const { server, token, ...tls } = access
  const at = `${server}/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${account}/token`
  const body = JSON.stringify({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: seconds },
  })
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  const signal = AbortSignal.timeout(ANSWER_MS)
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const sent = request(at, { method: 'POST', headers, agent: false, signal, ...tls }, (answer) => {
      const chunks: Buffer[] = []
      let size = 0
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size > LARGEST_ANSWER) answer.destroy(new Error('the answer is too long'))
      })
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** The answer quotes a secret, so what does not fit is told without it. */
function tokenIn(body: string): AccountToken {
  const answer = parsed(body) as { status?: { token?: unknown; expirationTimestamp?: unknown } } | undefined
  const { token, expirationTimestamp } = answer?.status ?? {}
  const expires = typeof expirationTimestamp === 'string' ? Date.parse(expirationTimestamp) : Number.NaN
  if (typeof token !== 'string' || token === '' || Number.isNaN(expires))
    throw new Error('the API server answered a TokenRequest without a token and its end')
  return { token, expiresAt: new Date(expires).toISOString(), credentialId: credentialIdOf(token) }
}

/** As the API server writes it into `authentication.kubernetes.io/credential-id`; not secret. Null: it names none. */
function credentialIdOf(token: string): string | null {
  const claims = parsed(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { jti?: unknown } | undefined
  return typeof claims?.jti === 'string' ? `JTI=${claims.jti}` : null
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
