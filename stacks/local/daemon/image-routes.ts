import type { FastifyInstance } from 'fastify'
import { hasImage } from '../node/image-store.ts'

/** `<repository>/manifests/<tag>` behind `/v2/`. */
const MANIFEST = /^([a-z0-9._/-]+)\/manifests\/([A-Za-z0-9_][A-Za-z0-9._-]*)$/

/**
 * Says which images the estate's node can run, as an OCI registry does: `HEAD /v2/<repository>/manifests/<tag>`. What there is can
 * be read by anybody on this machine, so it takes no token.
 */
export function imageRoutes(app: FastifyInstance, { images }: { images: readonly string[] }): void {
  app.get('/v2/', () => ({}))
  app.head<{ Params: { '*': string } }>('/v2/*', async ({ params }, reply) => {
    const [, repository, tag] = MANIFEST.exec(params['*']) ?? []
    const known = repository !== undefined && tag !== undefined && (await hasImage(images, `${repository}:${tag}`))
    return reply.code(known ? 200 : 404).send()
  })
}
