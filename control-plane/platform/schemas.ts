import { Type, type Static, type TSchema } from 'typebox'

const components = new Map<string, TSchema>()

/**
 * Refers to a schema by its `$id`: the OpenAPI document gets a `$ref`, the handler keeps the static type. The schema is
 * registered with the routes that use it. Throws when it has no `$id`, or when two schemas share one.
 */
export function ref<T extends TSchema>(schema: T): ReturnType<typeof Type.Unsafe<Static<T>>> {
  const id = '$id' in schema ? schema.$id : undefined
  if (typeof id !== 'string') throw new Error('a schema needs an $id to be referred to')
  const known = components.get(id)
  if (known !== undefined && known !== schema) throw new Error(`two schemas are called ${id}`)
  components.set(id, schema)
  return Type.Unsafe<Static<T>>(Type.Ref(id))
}

/** The schema that `ref` saw under this `$id`. */
export const componentOf = (id: string): TSchema | undefined => components.get(id)

export const Uuid = Type.String({ format: 'uuid', examples: ['0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55'] })
export const Timestamp = Type.String({
  format: 'date-time',
  description: 'RFC 3339, UTC',
  examples: ['2026-11-22T09:30:00.000Z'],
})

/** A closed object: unknown members are refused in requests and a mistake of ours in answers. */
export const closed = { additionalProperties: false } as const

/** One page of a list, registered as `<Name>Page`. `nextCursor` is null on the last page. */
export const pageOf = <T extends TSchema>(name: string, item: T) =>
  Type.Object(
    {
      items: Type.Array(ref(item)),
      nextCursor: Type.Union([Type.String(), Type.Null()], {
        description: 'Ask again with this `cursor`; null: the end',
      }),
    },
    { $id: `${name}Page`, ...closed, examples: [{ items: 'examples' in item ? item.examples : [], nextCursor: null }] },
  )
export type Page<T> = { items: T[]; nextCursor: string | null }

/** Query parameters every list takes, to be spread into its query schema. */
export const pageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'Most items on a page' })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 2048, description: '`nextCursor` of the page before' })),
} as const

export const FieldFault = Type.Object(
  {
    in: Type.Enum(['body', 'query', 'path', 'header']),
    pointer: Type.String({ description: 'JSON pointer (RFC 6901) to the faulty place; empty: the whole' }),
    rule: Type.String({ description: 'The rule that it breaks' }),
    message: Type.String(),
  },
  {
    $id: 'FieldFault',
    ...closed,
    examples: [{ in: 'body', pointer: '/slug', rule: 'minLength', message: 'must NOT have fewer than 3 characters' }],
  },
)

/** RFC 9457. Further members say what the code promises, for example `operationId` of the operation in the way. */
export const ProblemBody = Type.Object(
  {
    type: Type.String({ description: 'URN made of the code' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable; what programs compare' }),
    retryable: Type.Boolean({ description: 'Whether the same request may succeed later' }),
    instance: Type.String({ description: 'Id of the request, also in the log and the `x-request-id` header' }),
    detail: Type.Optional(Type.String({ description: 'What was wrong here and what to do; absent from 500 up' })),
    errors: Type.Optional(Type.Array(ref(FieldFault))),
  },
  {
    $id: 'Problem',
    additionalProperties: true,
    examples: [
      {
        type: 'urn:steward:problem:request.invalid',
        title: 'The request breaks its schema',
        status: 400,
        code: 'request.invalid',
        retryable: false,
        instance: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55',
        errors: [{ in: 'body', pointer: '/slug', rule: 'minLength', message: 'must NOT have fewer than 3 characters' }],
      },
    ],
  },
)
export type ProblemBody = Static<typeof ProblemBody>

/** Faulty answers of every route, to be spread into its `response`. */
export const problemResponses = () => {
  const problem = {
    description: 'A problem (RFC 9457)',
    content: { 'application/problem+json': { schema: ref(ProblemBody) } },
  }
  return { '4xx': problem, '5xx': problem } as const
}

/** The answer to long work: where to look for its progress. `merged`: the same wish was already on its way, this is it. */
export const Accepted = Type.Object(
  {
    operationId: Uuid,
    state: Type.Enum(['waiting', 'queued', 'running'], {
      description: '`waiting`: for the approval of another operator',
    }),
    merged: Type.Boolean(),
  },
  {
    $id: 'Accepted',
    ...closed,
    examples: [{ operationId: '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55', state: 'running', merged: false }],
  },
)
export type Accepted = Static<typeof Accepted>

/** Of what changes a unit of a tenant's own: to be planned first. */
export const PlannedQuery = Type.Object(
  {
    planned: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Plan it first, and do nothing before another operator has approved the plan; of units of a tenant’s own alone (`plan.not-offered`)',
      }),
    ),
  },
  closed,
)
