import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import { endorsementOf, isSignedBy, keyIdOf, trustedKeys, type PublicKey } from './signatures.ts'

type Pair = { key: PublicKey; secret: KeyObject }
function pair(endorser?: Pair, changed: Partial<PublicKey> = {}): Pair {
  const { privateKey: secret } = generateKeyPairSync('ed25519')
  const publicKey = secret.export({ format: 'jwk' }).x ?? ''
  const named = { purpose: changed.purpose ?? 'audit', publicKey }
  const key = {
    ...named,
    id: keyIdOf(publicKey),
    endorsedBy: endorser?.key.id ?? null,
    endorsement: endorser ? sign(null, endorsementOf(named), endorser.secret).toString('base64url') : null,
    createdAt: '2026-01-01T00:00:00.000Z',
    retiredAt: null,
    ...changed,
  }
  return { key, secret }
}
const bytes = Buffer.from('what was measured')

test('the public key of RFC 8032, test 1, has a fixed id and its signature of nothing verifies', () => {
  const publicKey = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex')
  const signature = Buffer.from(
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    'hex',
  )
  const [key, mark] = [publicKey.toString('base64url'), signature.toString('base64url')]
  expect(keyIdOf(key)).toBe('21fe31dfa154a261626bf854046fd227')
  expect(isSignedBy(key, Buffer.alloc(0), mark)).toBe(true)
  expect(isSignedBy(key, Buffer.from('x'), mark)).toBe(false)
})

test('a signature holds for its bytes and its key only, and nonsense is by nobody', () => {
  const [mine, other] = [pair(), pair()]
  const mark = sign(null, bytes, mine.secret).toString('base64url')
  expect(isSignedBy(mine.key.publicKey, bytes, mark)).toBe(true)
  expect(isSignedBy(other.key.publicKey, bytes, mark)).toBe(false)
  expect(isSignedBy(mine.key.publicKey, bytes.subarray(1), mark)).toBe(false)
  for (const [key, text] of [
    ['', mark],
    ['AAAA', mark],
    [mine.key.publicKey, ''],
    [mine.key.publicKey, 'not base64 !'],
  ] as const)
    expect(isSignedBy(key, bytes, text)).toBe(false)
})

test('who trusts the first key trusts what it endorses, however long the line', () => {
  const line = [pair()]
  for (let n = 0; n < 4; n++) line.push(pair(line.at(-1)))
  const [first, third] = [line[0]?.key.id ?? '', line[2]?.key.id ?? '']
  const keys = line.map(({ key }) => key)
  expect(trustedKeys(keys.toReversed(), [first]).size).toBe(5)
  expect(trustedKeys(keys, [third]).size).toBe(3)
  expect(trustedKeys(keys, []).size).toBe(0)
  expect(trustedKeys(keys, ['f'.repeat(32)]).size).toBe(0)
})

test.each([
  ['that nobody endorsed', (_first: Pair) => pair()],
  ['endorsed by a key of another purpose', (first: Pair) => pair(first, { purpose: 'evidence' })],
  [
    'whose endorsement was made for another key',
    (first: Pair) => pair(first, { endorsement: pair(first).key.endorsement }),
  ],
  ['that names an endorser but has no signature', (first: Pair) => pair(first, { endorsement: null })],
  ['under the id of another', (first: Pair) => pair(first, { id: 'f'.repeat(32) })],
])('a key %s is not trusted', (_what, make) => {
  const first = pair()
  expect([...trustedKeys([first.key, make(first).key], [first.key.id]).keys()]).toEqual([first.key.id])
})
