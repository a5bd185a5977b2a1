import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { expect, test } from 'vitest'
import type { RemovalRecord } from './removal-record.ts'
import { endorsementOf, keyIdOf, type PublicKey } from './signatures.ts'
import { CERTIFICATE_FORMAT, verifyCertificate, type Certificate } from './verify-certificate.ts'

const record: RemovalRecord = {
  version: 1,
  kind: 'decommission',
  subject: 'tenant:t',
  tenant: { id: 't', slug: 'acme', plan: 'starter-shared', region: 'local-1', residency: ['local-1'] },
  unit: { id: 'u', kind: 'cell', name: 'cell-1' },
  tenantId: 't',
  operationId: 'o',
  requestedBy: 'p',
  approval: null,
  destroyed: [{ operationId: 'o', step: 'erase-rows', title: 'Erase', finishedAt: '2026-11-28T12:00:00.000Z' }],
  sweep: {
    credential: 'separate',
    looks: ['objects', 'rows', 'routes'].map((means) => ({ means, looked: 7, found: 0 })),
  },
  stays: [],
  outcome: 'pass',
  measuredAt: '2026-11-28T12:00:01.000Z',
}

type Pair = { key: PublicKey; secret: KeyObject }
function makeKey(purpose: string, by?: Pair): Pair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = String(publicKey.export({ format: 'jwk' }).x)
  const endorsement = by
    ? sign(null, endorsementOf({ purpose, publicKey: raw }), by.secret).toString('base64url')
    : null
  const times = { createdAt: '2026-01-01T00:00:00Z', retiredAt: null }
  return {
    key: { id: keyIdOf(raw), purpose, publicKey: raw, endorsedBy: by?.key.id ?? null, endorsement, ...times },
    secret: privateKey,
  }
}
const first = makeKey('evidence')
const second = makeKey('evidence', first)
const signed = (by: Pair, what: object = record, keys = [first, second]): Certificate => {
  const text = JSON.stringify(what)
  const signature = sign(null, Buffer.from(text), by.secret).toString('base64url')
  return { format: CERTIFICATE_FORMAT, record: text, keyId: by.key.id, signature, keys: keys.map(({ key }) => key) }
}
const verdict = (certificate: object | string, anchors: string[] = []) =>
  verifyCertificate(typeof certificate === 'string' ? certificate : JSON.stringify(certificate), anchors)

test('a certificate holds by the keys it brings, and by a noted first key that vouches for its own', () => {
  expect(verdict(signed(first))).toMatchObject({ valid: true, anchored: false, record: { tenant: { slug: 'acme' } } })
  expect(verdict(signed(second), [first.key.id])).toMatchObject({ valid: true, anchored: true, keyId: second.key.id })
})

test('an edited record, another signature and a foreign key are named', () => {
  const sound = signed(second)
  const edited = { ...sound, record: sound.record.replace('acme', 'evil') }
  expect(verdict(edited)).toMatchObject({ valid: false, fault: 'bad-signature' })
  expect(verdict({ ...sound, signature: signed(first).signature })).toMatchObject({ fault: 'bad-signature' })
  const stranger = makeKey('evidence')
  expect(verdict(signed(stranger), [first.key.id])).toMatchObject({ fault: 'wrong-key' })
  const forged = signed(stranger, record, [stranger])
  expect(verdict(forged, [first.key.id])).toMatchObject({ fault: 'wrong-key' })
  expect(verdict(signed(makeKey('audit'), record, [makeKey('audit')]))).toMatchObject({ fault: 'wrong-key' })
  const swapped = { ...stranger.key, id: first.key.id }
  expect(verdict({ ...signed(stranger), keyId: first.key.id, keys: [swapped] })).toMatchObject({ fault: 'wrong-key' })
})

test.each([
  ['something was found', { looks: record.sweep.looks.map((look, n) => ({ ...look, found: n === 1 ? 1 : 0 })) }],
  ['nobody looked', { looks: [] }],
  ['it was looked for in one way only', { looks: record.sweep.looks.map((look) => ({ ...look, means: 'rows' })) }],
  ['how much was looked at is not said', { looks: record.sweep.looks.map(({ means }) => ({ means, found: 0 })) }],
])('where %s nothing is certified, whoever signed it', (_why, sweep) => {
  expect(verdict(signed(first, { ...record, sweep }))).toMatchObject({ valid: false, fault: 'not-clean' })
})

test.each([
  ['', '{}', 'null', '[]', 'PK'].map((text) => text),
  ['evidence of another kind'].map(() => JSON.stringify({ ...signed(first), format: 'steward-certificate/2' })),
])('what is no certificate is refused', (...texts) => {
  for (const text of texts) expect(verdict(text)).toMatchObject({ valid: false, fault: 'malformed' })
  expect(verdict(signed(first, { ...record, kind: 'isolation' }))).toMatchObject({ fault: 'not-clean' })
})
