import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { randomUUID } from 'node:crypto'
import { issue, makeAuthority } from '../../stacks/local/credentials/certificates.ts'
import { renderKubeconfig } from '../../stacks/local/credentials/kubeconfig.ts'

export type Asked = { path: string; by: string; body: { spec: { expirationSeconds: number } } }
/** What speaks TokenRequest over TLS where a test has no API server; the end-to-end tests have a real one. */
export type TokenServer = {
  url: string
  authority: string
  /** Kubeconfig file of whoever may ask. */
  kubeconfig: string
  asked: Asked[]
  /** Tokens that were handed out. */
  tokens: string[]
  /** What it answers instead, while set. */
  fault: { status: number; body: string } | 'hang-up' | undefined
  /** Called while a request waits for its answer. */
  meanwhile: (() => Promise<unknown>) | undefined
  close: () => Promise<void>
}

export async function tokenServer(): Promise<TokenServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'steward-tokens-'))
  const authority = await makeAuthority('test')
  const own = await issue(authority, { commonName: 'server', hosts: ['127.0.0.1'] })
  const caller = await issue(authority, { commonName: 'steward-access', organizations: ['steward:access'] })
  const tls = { cert: own.certificate, key: own.key, ca: authority.certificate, requestCert: true }
  const server = createServer(tls, (request, response) => void answer(request, response))
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await text(request)) as Asked['body'] // what the hand under test sends
    const { subject } = (request.socket as TLSSocket).getPeerCertificate() // the server is one of TLS
    its.asked.push({ path: request.url ?? '', by: String(subject?.O), body })
    await its.meanwhile?.()
    if (its.fault === 'hang-up') return void request.socket.destroy()
    if (its.fault) return void response.writeHead(its.fault.status).end(its.fault.body)
    const token = ['e30', Buffer.from(JSON.stringify({ jti: randomUUID() })).toString('base64url'), randomUUID()].join(
      '.',
    )
    its.tokens.push(token)
    const expirationTimestamp = new Date(Date.now() + body.spec.expirationSeconds * 1000).toISOString()
    response.writeHead(201, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ kind: 'TokenRequest', status: { token, expirationTimestamp } }))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  if (at === null || typeof at === 'string') throw new Error('no port')
  const url = `https://127.0.0.1:${at.port}`
  const kubeconfig = path.join(folder, 'access.kubeconfig')
  const parts = { server: url, authority: authority.certificate, user: 'access', ...caller }
  await writeFile(kubeconfig, renderKubeconfig(parts), { mode: 0o600 })
  const its: TokenServer = {
    url,
    authority: authority.certificate,
    kubeconfig,
    asked: [],
    tokens: [],
    fault: undefined,
    meanwhile: undefined,
    close: async () => {
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
  return its
}
