import { removalFollows, type RemovalRecord } from './removal-record.ts'
import { isSignedBy, keyIdOf, trustedKeys, type PublicKey } from './signatures.ts'

export const CERTIFICATE_FORMAT = 'steward-certificate/1'
/** A certificate as it travels: the signed text, the signature, and the public keys with what vouches for them. */
export type Certificate = {
  format: typeof CERTIFICATE_FORMAT
  record: string
  keyId: string
  signature: string
  keys: readonly PublicKey[]
}

export const CERTIFICATE_FAULTS = {
  malformed: 'this is no certificate',
  'wrong-key': 'it is signed by a key that is not among the trusted ones',
  'bad-signature': 'its signature is not one over this text: one of them was changed',
  'not-clean': 'what it says was seen makes no certificate',
} as const
export type CertificateVerdict =
  | { valid: true; record: RemovalRecord; keyId: string; anchored: boolean }
  | { valid: false; fault: keyof typeof CERTIFICATE_FAULTS; message: string }

/** Verifies a certificate without a plane: by the keys it brings, or (`anchors`) by what the key ids that were noted vouch for. */
export function verifyCertificate(text: string, anchors: readonly string[] = []): CertificateVerdict {
  const refuse = (fault: keyof typeof CERTIFICATE_FAULTS) =>
    ({ valid: false, fault, message: CERTIFICATE_FAULTS[fault] }) as const
  const certificate = read(text)
  if (certificate === undefined) return refuse('malformed')
  const { record, keyId, signature, keys } = certificate
  const evidence = keys.filter(({ purpose }) => purpose === 'evidence')
  const anchored = anchors.length > 0
  const roots = anchored ? anchors : evidence.filter(({ endorsedBy }) => endorsedBy === null).map(({ id }) => id)
  const key = trustedKeys(evidence, roots).get(keyId)
  if (key === undefined || keyIdOf(key.publicKey) !== keyId) return refuse('wrong-key')
  if (!isSignedBy(key.publicKey, Buffer.from(record), signature)) return refuse('bad-signature')
  if (!removalFollows(record)) return refuse('not-clean')
  return { valid: true, record: JSON.parse(record) as RemovalRecord, keyId, anchored } // signed by the plane, and looked at above
}

function read(text: string): Certificate | undefined {
  try {
    const found = JSON.parse(text) as Certificate // its members are looked at here
    const { format, record, keyId, signature, keys } = found
    const whole = [record, keyId, signature].every((one) => typeof one === 'string') && Array.isArray(keys)
    return format === CERTIFICATE_FORMAT && whole ? found : undefined
  } catch {
    return undefined
  }
}
