import type { FastifyInstance } from 'fastify'
import { wholeNumber } from '../input-values.ts'
import { inputFields, invalidInput } from '../inputs.ts'
import type { FindResource, ResourceKind } from '../resource-kind.ts'
import { makeDataKey, rewrapDataKey, unwrapDataKey, type KeyContext } from './envelope.ts'
import { endGeneration, ensureGeneration, missingGenerations, openKey } from './key-files.ts'

/** Rising rotates: new data keys are wrapped by the new generation, the old ones go on opening what they wrapped. */
export type KeyInputs = { generation: number }

const LAST_GENERATION = 999_999_999
const CONTEXT_NAME = /^[a-z][a-z0-9-]{0,39}$/
const MOST_CONTEXT = 8
const LONGEST_VALUE = 200
const LONGEST_WRAPPED = 400

/** A context from a request's body; throws `resource.invalid`: a data key that is bound to nothing is not handed out. */
function parseContext(value: unknown): KeyContext {
  const wrong = invalidInput(
    'context',
    `must hold 1 to ${MOST_CONTEXT} texts of 1 to ${LONGEST_VALUE} characters, for example {"tenant":"…"}`,
  )
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong
  const entries = Object.entries(value)
  const fine = entries.every(
    ([name, text]) =>
      CONTEXT_NAME.test(name) && typeof text === 'string' && text.length > 0 && text.length <= LONGEST_VALUE,
  )
  if (!fine || entries.length === 0 || entries.length > MOST_CONTEXT) throw wrong
  return Object.fromEntries(entries) as KeyContext // every value was seen to be a text
}

function parseWrapped(body: unknown): { wrapped: string; context: KeyContext } {
  const { wrapped, context } = inputFields(body, ['wrapped', 'context'])
  if (typeof wrapped !== 'string' || wrapped.length > LONGEST_WRAPPED)
    throw invalidInput('wrapped', 'must be a wrapped data key')
  return { wrapped, context: parseContext(context) }
}

type Named = { Params: { name: string } }

/** Envelope encryption as a cloud's key service offers it. Neither answers are kept nor bodies logged. */
function keyRoutes(app: FastifyInstance, find: FindResource<KeyInputs>): void {
  app.post<Named>('/data-key', async ({ params, body }, reply) => {
    const { inputs, at } = await find(params.name)
    const context = parseContext(inputFields(body, ['context'])['context'])
    const { generation, plaintext, wrapped } = await makeDataKey(at.folder, inputs.generation, context)
    return reply
      .header('cache-control', 'no-store')
      .send({ generation, plaintext: plaintext.toString('base64url'), wrapped })
  })
  app.post<Named>('/rewrap', async ({ params, body }, reply) => {
    const { inputs, at } = await find(params.name)
    const { wrapped, context } = parseWrapped(body)
    return reply.send(await rewrapDataKey(at.folder, inputs.generation, wrapped, context))
  })
  app.post<Named>('/unwrap', async ({ params, body }, reply) => {
    const { at } = await find(params.name)
    const { wrapped, context } = parseWrapped(body)
    const { generation, plaintext } = await unwrapDataKey(at.folder, wrapped, context)
    return reply.header('cache-control', 'no-store').send({ generation, plaintext: plaintext.toString('base64url') })
  })
}

/** What destroys is not for who only uses keys. */
function endingRoutes(app: FastifyInstance, find: FindResource<KeyInputs>): void {
  app.delete<{ Params: { name: string; generation: string } }>(
    '/generations/:generation',
    async ({ params }, reply) => {
      const { inputs, at } = await find(params.name)
      const generation = Number(params.generation)
      if (!Number.isInteger(generation) || generation < 1)
        throw invalidInput('generation', 'must be a whole number from 1 on')
      await endGeneration(at.folder, generation, inputs.generation)
      return reply.code(204).send()
    },
  )
}

/**
 * A tenant's encryption key: 256 bits a generation, which never leave the estate. Deleting the resource destroys all generations
 * for good, and with them everything that was ever sealed with a data key of theirs.
 */
export const keyKind: ResourceKind<KeyInputs> = {
  kind: 'key',
  parse: (inputs) => ({
    generation: wholeNumber(inputFields(inputs, ['generation']), 'generation', {
      from: 1,
      to: LAST_GENERATION,
      otherwise: 1,
    }),
  }),
  ports: [],
  prepare: ({ generation }, { folder }) => ensureGeneration(folder, generation),
  servers: () => [],
  outputs: (_inputs, { name }) => ({
    dataKeyPath: `/resources/key/${name}/data-key`,
    unwrapPath: `/resources/key/${name}/unwrap`,
  }),
  observe: async ({ generation }, { folder }) => {
    const record = await openKey(folder)
    return { ...record, generation, missing: await missingGenerations(folder, record) }
  },
  change: (before, after) => {
    if (after.generation === before.generation) return { how: 'none' }
    if (after.generation > before.generation) return { how: 'in-place' }
    // To replace the key would be to destroy it: never on the way to something else.
    throw invalidInput('generation', `only rises; this key is at ${before.generation}`)
  },
  opener: 'keys',
  routes: keyRoutes,
  ownerRoutes: endingRoutes,
}
