import { defineProblems } from '../../control-plane/domain/problem.ts'

export const registryProblems = defineProblems({
  'registry.unreachable': {
    status: 503,
    retryable: true,
    title: 'The image registry of the region does not answer; check that it runs',
  },
})

const ANSWER_WITHIN_MS = 10_000
const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

export type Registry = {
  /** Whether the registry has the tag; null where no registry is configured to be asked. */
  has: (repository: string, tag: string, link: { signal: AbortSignal }) => Promise<boolean | null>
}

/** The path of a repository inside its registry: a first segment with a dot or a colon names a host. */
export const pathOf = (repository: string): string => {
  const [first = '', ...rest] = repository.split('/')
  return rest.length > 0 && /[.:]/.test(first) ? rest.join('/') : repository
}

/** Asks a registry (OCI distribution specification) what it has. Throws `registry.unreachable`, which passes. */
export function imageRegistry(url: string | null | undefined): Registry {
  return {
    async has(repository, tag, { signal }) {
      if (url === null || url === undefined) return null
      const at = new URL(`/v2/${pathOf(repository)}/manifests/${tag}`, url)
      const stop = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)])
      try {
        const { status } = await fetch(at, { method: 'HEAD', headers: { accept: MANIFESTS }, signal: stop })
        if (status === 200 || status === 404) return status === 200
        throw new Error(`HTTP ${status}`)
      } catch (cause) {
        signal.throwIfAborted()
        const detail = `${at.host} did not say whether it has ${repository}:${tag}: ${cause instanceof Error ? cause.message : ''}`
        throw registryProblems['registry.unreachable']({ detail, cause })
      }
    },
  }
}
