import { createSecureServer } from 'node:http2'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { issue, makeAuthority } from '../local/credentials/certificates.ts'
import { connectCluster } from './cluster.ts'
import { unlinked } from './link.ts'

/** Prefers HTTP/2, as every API server does, and says which one a request came by. */
async function serve() {
  const authority = await makeAuthority('cluster')
  const leaf = await issue(authority, { commonName: 'kube-apiserver', hosts: ['127.0.0.1'] })
  const options = { key: leaf.key, cert: leaf.certificate, allowHTTP1: true }
  const server = createSecureServer(options, (request, answer) => {
    answer.writeHead(200, { 'content-type': 'application/json' })
    answer.end(JSON.stringify({ version: request.httpVersion, from: request.socket.remotePort }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const ca = Buffer.from(authority.certificate).toString('base64')
  const kubeconfig = {
    clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': ca } }],
    users: [{ name: 'u', user: { token: 'hush' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }
  return { kubeconfig, close: () => new Promise((resolve) => server.close(resolve)) }
}

test('calls at the same time go over connections of their own, so that a lost one takes no other call along', async () => {
  const server = await serve()
  const home = await mkdtemp(path.join(tmpdir(), 'steward-session-'))
  const kubeconfig = path.join(home, 'kubeconfig')
  await writeFile(kubeconfig, JSON.stringify(server.kubeconfig), { mode: 0o600 })
  const cluster = connectCluster({ kubeconfig })
  const get = () => cluster.call({ method: 'GET', path: '/version', what: 'read the version' }, unlinked)
  try {
    const answers = (await Promise.all([get(), get(), get()])) as { version: string; from: number }[] // the server above says so
    expect(answers.map(({ version }) => version)).toEqual(['1.1', '1.1', '1.1'])
    expect(new Set(answers.map(({ from }) => from)).size).toBe(3)
  } finally {
    await cluster.close()
    await server.close()
    await rm(home, { recursive: true })
  }
})
