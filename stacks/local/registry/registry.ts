import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Log } from '../kube/log.ts'
import { listen } from '../proxy/server.ts'
import type { BlobStore } from './blob-store.ts'
import type { ImageCatalogue } from './image-catalogue.ts'
import { MANIFEST_TYPE } from './oci-image.ts'

export type RegistryOptions = {
  host: string
  port: number
  catalogue: Pick<ImageCatalogue, 'tags' | 'resolve'>
  blobs: BlobStore
  log: Log
}
export interface Registry {
  port: number
  /** Prometheus text. */
  metrics: () => string
  stop: () => Promise<void>
}

/** Codes of the distribution specification that a read-only registry answers with. */
const ERRORS = {
  BLOB_UNKNOWN: 404,
  MANIFEST_UNKNOWN: 404,
  NAME_UNKNOWN: 404,
  UNSUPPORTED: 405,
} as const
type ErrorCode = keyof typeof ERRORS

function refuse(response: ServerResponse, code: ErrorCode, message: string): void {
  const headers = { 'content-type': 'application/json', ...(code === 'UNSUPPORTED' ? { allow: 'GET, HEAD' } : {}) }
  response.writeHead(ERRORS[code], headers).end(JSON.stringify({ errors: [{ code, message }] }))
}

const ROUTE = /^\/v2\/(?<name>[a-z0-9._/-]+)\/(?<kind>manifests|blobs|tags)\/(?<reference>[A-Za-z0-9._:-]+)$/

/**
 * A read-only registry by the OCI distribution specification: manifests by tag and digest, blobs, tags. As on the process node
 * the last segment of a name decides, so that `ledger`, `library/ledger` and `example.com/ledger` are one image.
 */
export async function startRegistry({ host, port, catalogue, blobs, log }: RegistryOptions): Promise<Registry> {
  const counts = new Map<string, number>()
  const count = (name: string, kind: string) => {
    const labels = `image="${name}",kind="${kind}"`
    counts.set(labels, (counts.get(labels) ?? 0) + 1)
  }
  const send = async (request: IncomingMessage, response: ServerResponse, digest: string, type: string) => {
    const blob = await blobs.find(digest)
    if (!blob) return refuse(response, 'BLOB_UNKNOWN', `no blob ${digest}`)
    response.writeHead(200, { 'content-type': type, 'content-length': blob.size, 'docker-content-digest': digest })
    if (request.method === 'HEAD') return void response.end()
    await pipeline(blobs.read(digest), response)
  }
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://registry')
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return refuse(response, 'UNSUPPORTED', 'this registry is read-only: its images are built from sources')
    }
    if (pathname === '/v2/') return void response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    const { name: path = '', kind, reference = '' } = ROUTE.exec(pathname)?.groups ?? {}
    const name = path.slice(path.lastIndexOf('/') + 1)
    const tags = kind ? await catalogue.tags(name) : []
    if (tags.length === 0) return refuse(response, 'NAME_UNKNOWN', `no image ${name || pathname}`)
    if (kind === 'tags') {
      return void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ name: path, tags }))
    }
    count(name, kind ?? '')
    if (kind === 'blobs') return send(request, response, reference, 'application/octet-stream')
    const digest = await catalogue.resolve(name, reference)
    if (!digest) return refuse(response, 'MANIFEST_UNKNOWN', `${name} has no ${reference}; it has ${tags.join(', ')}`)
    return send(request, response, digest, MANIFEST_TYPE)
  }
  const server = await listen(host, port, (request, response) => {
    answer(request, response).catch((err: unknown) => {
      log.error({ event: 'registry.failed', path: request.url, err }, 'the registry could not answer')
      if (response.headersSent) {
        response.destroy()
        return
      }
      const message = err instanceof Error ? err.message : String(err)
      response.writeHead(500, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ errors: [{ code: 'UNKNOWN', message }] }))
    })
  })
  return {
    ...server,
    metrics: () =>
      [
        '# HELP steward_registry_requests_total Requests for images, by image and kind.',
        '# TYPE steward_registry_requests_total counter',
        ...[...counts].map(([labels, value]) => `steward_registry_requests_total{${labels}} ${value}`),
        '',
      ].join('\n'),
  }
}
