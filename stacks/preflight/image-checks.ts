import { type Finding, look } from './finding.ts'

const REFERENCE = /^(?<host>[a-z0-9.-]+(?::\d+)?)\/(?<name>[a-z0-9._/-]+)@(?<digest>sha256:[0-9a-f]{64})$/
const ACCEPT =
  'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json'
const ANSWER_WITHIN_MS = 15_000

/** Looks whether a registry has an image; nothing is pulled. Loopback is asked in plain text, as container runtimes do. */
export function imageFindings(reference: string): Promise<Finding[]> {
  const what = 'image of the plane'
  const { host, name, digest } = REFERENCE.exec(reference)?.groups ?? {}
  if (!host || !name || !digest) {
    const fix = 'give it as registry.example/steward@sha256:… with --image: an installation names images by digest'
    return Promise.resolve([{ what, found: `"${reference}" is no image by digest`, fix }])
  }
  return look(what, `let this machine and the nodes reach ${host}`, async () => {
    const scheme = /^(localhost|127\.)/.test(host) ? 'http' : 'https'
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
    const url = `${scheme}://${host}/v2/${name}/manifests/${digest}`
    const { status } = await fetch(url, { method: 'HEAD', headers: { accept: ACCEPT }, signal, redirect: 'follow' })
    if (status === 200) return { what, found: `${host} has it` }
    if (status === 401 || status === 403) {
      const fix = 'give nodes a credential of the registry (imagePullSecrets, or the node’s own), and try a pull there'
      return { what, found: `${host} wants a credential, so it cannot be looked at from here`, fix }
    }
    return {
      what,
      found: `${host} answered ${status}`,
      fix: `push the image to ${host}/${name}, or give the digest that is there`,
    }
  })
}
