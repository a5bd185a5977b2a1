import { Type, type Static } from 'typebox'
import { CUSTOMER_STATES } from '../../domain/customer-words.ts'
import { closed, pageOf, pageQuery, Timestamp, Uuid } from '../../platform/schemas.ts'

const HOUR = 3600
export const SHARE_SECONDS = { least: HOUR, usual: 7 * 24 * HOUR, most: 30 * 24 * HOUR } as const
const orNull = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const id = '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c55'
const at = '2026-11-22T09:30:00.000Z'

export const ShareParams = Type.Object({ id: Uuid, share: Uuid })
export const SharedOperationParams = Type.Object({ id: Uuid })
export const ListShares = Type.Object({ ...pageQuery }, closed)

export const ShareOperation = Type.Object(
  {
    expiresInSeconds: Type.Optional(
      Type.Integer({
        minimum: SHARE_SECONDS.least,
        maximum: SHARE_SECONDS.most,
        default: SHARE_SECONDS.usual,
        description: 'An hour to thirty days',
      }),
    ),
  },
  { $id: 'ShareOperation', ...closed, examples: [{ expiresInSeconds: 604_800 }] },
)
export type ShareOperation = Static<typeof ShareOperation>

export const Share = Type.Object(
  {
    id: Uuid,
    operationId: Uuid,
    state: Type.Enum(['live', 'expired', 'revoked']),
    createdBy: Uuid,
    createdAt: Timestamp,
    expiresAt: Timestamp,
    revokedAt: orNull(Timestamp),
  },
  {
    $id: 'Share',
    ...closed,
    examples: [
      { id, operationId: id, state: 'live' as const, createdBy: id, createdAt: at, expiresAt: at, revokedAt: null },
    ],
  },
)
export type Share = Static<typeof Share>
export const SharePage = pageOf('Share', Share)

export const ShareCreated = Type.Object(
  {
    ...Share.properties,
    url: Type.String({ description: 'Shows this one operation to whoever has it; told this once, kept nowhere' }),
  },
  {
    $id: 'ShareCreated',
    ...closed,
    examples: [
      {
        id,
        operationId: id,
        state: 'live' as const,
        createdBy: id,
        createdAt: at,
        expiresAt: at,
        revokedAt: null,
        url: 'http://127.0.0.1:7400/status/stl_…',
      },
    ],
  },
)
export type ShareCreated = Static<typeof ShareCreated>

/** What a link shows: plain words, and nothing that names a part of the plane. */
export const OperationStatus = Type.Object(
  {
    title: Type.String({ description: 'What is done, in plain words' }),
    customer: Type.String({ description: 'Name of the customer that it is done for' }),
    state: Type.Enum(CUSTOMER_STATES),
    progress: Type.Object({ done: Type.Integer(), total: Type.Integer() }, closed),
    timeRemaining: Type.Union([Type.Object({ p50Ms: Type.Integer(), p95Ms: Type.Integer() }, closed), Type.Null()], {
      description: 'By what took place before, while it runs; null: not known',
    }),
    steps: Type.Array(
      Type.Object(
        {
          title: Type.String(),
          state: Type.Enum(['pending', 'running', 'done', 'failed']),
          startedAt: orNull(Timestamp),
          finishedAt: orNull(Timestamp),
        },
        closed,
      ),
    ),
    askedAt: Timestamp,
    finishedAt: orNull(Timestamp),
  },
  {
    $id: 'OperationStatus',
    ...closed,
    examples: [
      {
        title: 'Setting up',
        customer: 'Acme Corporation',
        state: 'running' as const,
        progress: { done: 0, total: 1 },
        timeRemaining: { p50Ms: 200, p95Ms: 400 },
        steps: [{ title: 'Opening the address', state: 'running' as const, startedAt: at, finishedAt: null }],
        askedAt: at,
        finishedAt: null,
      },
    ],
  },
)
export type OperationStatus = Static<typeof OperationStatus>
export const StatusParams = Type.Object({ token: Type.String({ minLength: 1, maxLength: 200 }) })
