import { Type, type Static } from 'typebox'
import { closed, ref, Timestamp } from '../../platform/schemas.ts'
import { SIGNING_PURPOSES } from '../../platform/signing.ts'

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T, description: string) =>
  Type.Union([type, Type.Null()], { description })
const KeyId = Type.String({ pattern: '^[0-9a-f]{32}$', description: 'First 128 bits of the SHA-256 of the public key' })

const SigningPurpose = Type.Enum([...SIGNING_PURPOSES])

const example = {
  id: '21fe31dfa154a261626bf854046fd227',
  purpose: 'audit',
  publicKey: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  endorsedBy: null,
  endorsement: null,
  createdAt: '2026-11-22T09:30:00.000Z',
  retiredAt: null,
}

export const SigningKey = Type.Object(
  {
    id: KeyId,
    purpose: SigningPurpose,
    publicKey: Type.String({ description: 'Raw Ed25519 public key in base64url' }),
    endorsedBy: Nullable(KeyId, 'The key before, which vouches for this one; null: trust in it starts anew'),
    endorsement: Nullable(Type.String(), 'Its signature over this key, in base64url'),
    createdAt: Timestamp,
    retiredAt: Nullable(Timestamp, 'From then on it signed nothing; null: it is the current one'),
  },
  {
    $id: 'SigningKey',
    ...closed,
    examples: [example],
  },
)
export type SigningKey = Static<typeof SigningKey>

export const SigningKeyList = Type.Object(
  { items: Type.Array(ref(SigningKey)) },
  {
    $id: 'SigningKeyList',
    ...closed,
    description: 'All keys of the installation, oldest first: there are few',
    examples: [{ items: [example] }],
  },
)

export const NewSigningKey = Type.Object(
  { purpose: SigningPurpose },
  { $id: 'NewSigningKey', ...closed, examples: [{ purpose: 'audit' }] },
)
