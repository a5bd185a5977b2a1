import { Type, type Static } from 'typebox'
import { closed, Timestamp } from '../../platform/schemas.ts'

const secret = Type.String({ pattern: '^sti_[A-Za-z0-9_-]{43}$', description: 'Of this sign-in: keep it to yourself' })
const interval = Type.Integer({ minimum: 1, description: 'Ask again after so many seconds' })
const someSecret = `sti_${'A'.repeat(43)}`

export const DeviceSignIn = Type.Object(
  {
    secret,
    userCode: Type.String({ description: 'What the person types in there' }),
    verificationUri: Type.String({ description: 'Where the person goes with a browser' }),
    verificationUriComplete: Type.Union([Type.String(), Type.Null()], { description: 'The same with the code in it' }),
    expiresAt: Timestamp,
    intervalSeconds: interval,
  },
  {
    $id: 'DeviceSignIn',
    ...closed,
    examples: [
      {
        secret: someSecret,
        userCode: 'WDJB-MJHT',
        verificationUri: 'https://id.steward.example/device',
        verificationUriComplete: null,
        expiresAt: '2026-11-22T09:40:00.000Z',
        intervalSeconds: 5,
      },
    ],
  },
)
export type DeviceSignIn = Static<typeof DeviceSignIn>

export const AskDevice = Type.Object({ secret }, { $id: 'AskDevice', ...closed, examples: [{ secret: someSecret }] })

export const SignInPending = Type.Object(
  { state: Type.Literal('pending'), intervalSeconds: interval },
  { $id: 'SignInPending', ...closed, examples: [{ state: 'pending', intervalSeconds: 5 }] },
)
export type SignInPending = Static<typeof SignInPending>

export const SignedIn = Type.Object(
  {
    state: Type.Literal('signed-in'),
    token: Type.String({ description: 'The session, sent like a token; told this once' }),
    expiresAt: Timestamp,
  },
  {
    $id: 'SignedIn',
    ...closed,
    examples: [{ state: 'signed-in', token: `sts_${'A'.repeat(43)}`, expiresAt: '2026-11-22T21:30:00.000Z' }],
  },
)
export type SignedIn = Static<typeof SignedIn>

export const StartQuery = Type.Object(
  {
    returnTo: Type.String({
      default: '/docs/',
      maxLength: 500,
      pattern: '^/([A-Za-z0-9._~-][A-Za-z0-9._~/?=&-]*)?$',
      description: 'A path of this plane',
      examples: ['/docs/'],
    }),
  },
  closed,
)

const text = Type.Optional(Type.String({ maxLength: 4096 }))
/** What providers are known to send back; most of it says nothing to us. */
export const CallbackQuery = Type.Object(
  Object.fromEntries(
    [
      'code',
      'state',
      'iss',
      'session_state',
      'scope',
      'error',
      'error_description',
      'error_uri',
      'authuser',
      'prompt',
      'hd',
      'client_info',
    ].map((name) => [name, text]),
  ),
  closed,
)
