import type { FastifyInstance } from 'fastify'
import type { Readable } from 'node:stream'
import { textOf } from '../input-values.ts'
import { inputFields, invalidInput } from '../inputs.ts'
import type { FindResource, ResourceKind } from '../resource-kind.ts'
import type { StoredObject } from './object-index.ts'
import { createObjectStore } from './object-store.ts'

/** `residency` says in which region the objects lie; it is what the store is, so another one is another store. */
export type BackupStoreInputs = { residency: string }

const REGION = /^[a-z][a-z0-9-]{0,39}$/
const MOST_LISTED = 1000

type Named = { Params: { name: string } }
type Keyed = { Params: { name: string; '*': string } }
type Page = { Querystring: { prefix?: string; after?: string; limit?: string } }

const headersOf = ({ sha256, bytes, at }: StoredObject) => ({
  'content-type': 'application/octet-stream',
  'content-length': bytes,
  'x-content-sha256': sha256,
  'x-stored-at': at,
})

function limitOf(text: string | undefined): number {
  const limit = text === undefined ? MOST_LISTED : Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_LISTED) return limit
  throw invalidInput('limit', `must be a whole number from 1 to ${MOST_LISTED}`)
}

function objectRoutes(app: FastifyInstance, find: FindResource<BackupStoreInputs>): void {
  const storeOf = async (name: string) => createObjectStore((await find(name)).at.folder)
  app.get<Named & Page>('/objects', async ({ params, query }) => {
    const limit = limitOf(query.limit)
    const store = await storeOf(params.name)
    const objects = await store.list({ prefix: query.prefix ?? '', after: query.after ?? '', limit })
    return { objects, next: objects.length === limit ? (objects.at(-1)?.key ?? null) : null }
  })
  app.get<Keyed>('/objects/*', { exposeHeadRoute: false }, async ({ params }, reply) => {
    const { object, content } = await (await storeOf(params.name)).get(params['*'])
    return reply.headers(headersOf(object)).send(content)
  })
  app.delete<Keyed>('/objects/*', async ({ params }, reply) => {
    await (await storeOf(params.name)).remove(params['*'])
    return reply.code(204).send()
  })
  app.put<Keyed & { Body: Readable }>('/objects/*', async ({ params, headers, body }, reply) => {
    const store = await storeOf(params.name)
    const announced = headers['x-content-sha256']
    if (Array.isArray(announced)) throw invalidInput('x-content-sha256', 'must be given once')
    const object = await store.put(params['*'], body, { announced, onlyNew: headers['if-none-match'] === '*' })
    return reply.code(201).send(object)
  })
}

/** A place for exports and backups in one region: an object is written whole or not at all, and compared with its checksum when read. */
export const backupStoreKind: ResourceKind<BackupStoreInputs> = {
  kind: 'backup-store',
  parse: (inputs) => ({
    residency: textOf(inputFields(inputs, ['residency']), 'residency', {
      pattern: REGION,
      rule: 'must be the name of a region: 1 to 40 small letters, digits and -, a letter first',
    }),
  }),
  ports: [],
  prepare: (_inputs, { folder }) => createObjectStore(folder).prepare(),
  servers: () => [],
  outputs: ({ residency }, { name }) => ({ residency, objectsPath: `/resources/backup-store/${name}/objects` }),
  observe: async ({ residency }, { folder }) => {
    const objects = await createObjectStore(folder).list({ limit: Number.POSITIVE_INFINITY })
    return { residency, objects: objects.length, bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) }
  },
  change: (before, after) =>
    before.residency === after.residency ? { how: 'none' } : { how: 'replace', fields: ['residency'] },
  routes: (app, find) => {
    // A scope of its own: here, and nowhere else, bodies are streams of any size.
    void app.register(async (scope) => {
      scope.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
      objectRoutes(scope, find)
    })
  },
}
