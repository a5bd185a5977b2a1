import { X509Certificate, createPrivateKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { issue, makeAuthority } from './certificates.ts'
import { scramVerifier } from './passwords.ts'

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'

test('a client certificate is signed by its authority, fits its key and carries user and groups', async () => {
  const authority = await makeAuthority('test')
  const pair = await issue(authority, { commonName: 'steward-worker', organizations: ['steward:worker'] })
  const certificate = new X509Certificate(pair.certificate)
  const issuer = new X509Certificate(authority.certificate)
  expect(certificate.verify(issuer.publicKey)).toBe(true)
  expect(certificate.checkIssued(issuer)).toBe(true)
  expect(certificate.checkPrivateKey(createPrivateKey(pair.key))).toBe(true)
  expect(certificate.subject.split('\n')).toEqual(['O=steward:worker', 'CN=steward-worker'])
  expect(certificate.keyUsage).toEqual([CLIENT_AUTH])
  expect(certificate.ca).toBe(false)
})

test('a server certificate serves its names and addresses and nothing else', async () => {
  const authority = await makeAuthority('test')
  const { certificate } = await issue(authority, {
    commonName: 'etcd',
    hosts: ['127.0.0.1', 'localhost'],
    alsoClient: true,
  })
  const server = new X509Certificate(certificate)
  expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(server.checkHost('localhost')).toBe('localhost')
  expect(server.checkIP('127.0.0.2')).toBeUndefined()
  expect(server.keyUsage).toEqual([SERVER_AUTH, CLIENT_AUTH])
})

test('a certificate of one authority is no certificate of another', async () => {
  const [cluster, etcd] = [await makeAuthority('cluster'), await makeAuthority('etcd')]
  const client = new X509Certificate((await issue(cluster, { commonName: 'steward-worker' })).certificate)
  expect(client.verify(new X509Certificate(etcd.certificate).publicKey)).toBe(false)
})

test('a SCRAM verifier is the one PostgreSQL computes itself', async () => {
  // select rolpassword from pg_authid after: set password_encryption = 'scram-sha-256'; create role x password 'pencil'
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64') // RFC 7677, section 3
  const verifier = await scramVerifier('pencil', salt)
  expect(verifier).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  )
})
