import 'reflect-metadata' // @peculiar/x509 asks for it
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { randomBytes, webcrypto } from 'node:crypto'

/** A certificate with its private key, both PEM. */
export type KeyPair = { certificate: string; key: string }
export type Leaf = {
  commonName: string
  /** Kubernetes reads organizations as groups. */
  organizations?: readonly string[]
  /** Names and addresses a server certificate is valid for; none makes a client certificate. */
  hosts?: readonly string[]
  /** A server certificate that is also shown as a client (etcd's own connections to itself). */
  alsoClient?: boolean
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 86_400_000
/** An estate's certificates live as long as its authority: it is one machine's, and `reset` makes new ones. */
const VALID_DAYS = 3650

const generateKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
const validity = () => ({
  notBefore: new Date(Date.now() - DAY_MS),
  notAfter: new Date(Date.now() + VALID_DAYS * DAY_MS),
})
// The top bit must be clear: serial numbers are positive.
const serialNumber = () => `0${randomBytes(16).toString('hex').slice(1)}`

const pemOfKey = async (key: webcrypto.CryptoKey): Promise<string> =>
  `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`
const importKey = (pem: string) =>
  webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), ALGORITHM, false, ['sign'])

/** Makes a self-signed certificate authority (ECDSA P-256, ten years). */
export async function makeAuthority(commonName: string): Promise<KeyPair> {
  const keys = await generateKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [commonName] }],
    ...validity(),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { certificate: `${certificate.toString('pem')}\n`, key: await pemOfKey(keys.privateKey) }
}

/** Issues a server or client certificate, signed by the authority. */
export async function issue(authority: KeyPair, leaf: Leaf): Promise<KeyPair> {
  const keys = await generateKeys()
  const issuer = new X509Certificate(authority.certificate)
  const isServer = (leaf.hosts?.length ?? 0) > 0
  const isClient = !isServer || leaf.alsoClient === true
  const usages = [
    ...(isServer ? [ExtendedKeyUsage.serverAuth] : []),
    ...(isClient ? [ExtendedKeyUsage.clientAuth] : []),
  ]
  const names = (leaf.hosts ?? []).map((value) => ({
    type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const),
    value,
  }))
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [...(leaf.organizations ?? []).map((name) => ({ O: [name] })), { CN: [leaf.commonName] }],
    issuer: issuer.subject,
    ...validity(),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(usages),
      await AuthorityKeyIdentifierExtension.create(issuer),
      ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
    ],
  })
  return { certificate: `${certificate.toString('pem')}\n`, key: await pemOfKey(keys.privateKey) }
}
