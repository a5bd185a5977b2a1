import { expect, test } from 'vitest'
import { connectionText, hostRules, memberSettings } from './settings.ts'

const files = {
  certificate: '/c/server.crt',
  key: '/c/server.key',
  authority: "/it's/authority.crt",
  passwords: '/c/pass',
}
const settings = (major: number, throwAway = false) =>
  memberSettings({ name: 'postgres-2', port: 2, otherPort: 1, maxConnections: 50, major, throwAway, files })

test('a member follows the other over TLS, checked, without a password in its settings', () => {
  expect(settings(15)).toMatchObject({ port: 2, ssl: 'on', wal_level: 'logical', primary_slot_name: "'postgres_2'" })
  const follow = String(settings(15)['primary_conninfo'])
  expect(follow).toContain("sslmode=''verify-full''")
  expect(follow).toContain("port=''1''")
  expect(follow).toContain(String.raw`/it\''s/authority.crt`)
  expect(follow).not.toMatch(/password=/)
})

test('a database of 17 or newer has its slots follow a failover, an older one knows no such setting', () => {
  expect(settings(17)).toMatchObject({ sync_replication_slots: 'on', hot_standby_feedback: 'on' })
  expect(settings(17)['primary_conninfo']).toContain("dbname=''postgres''")
  expect(settings(15)).not.toHaveProperty('sync_replication_slots')
  expect(settings(15)['primary_conninfo']).not.toContain('dbname')
  expect(hostRules(17)).toContain('hostssl postgres steward_replication')
  expect(hostRules(15)).not.toContain('hostssl postgres')
})

test('nobody is trusted, nothing is open to other machines or in clear', () => {
  for (const rule of hostRules(17).trim().split('\n')) {
    expect(rule).toMatch(/^hostssl .* (127\.0\.0\.1\/32 scram-sha-256|reject)$/)
  }
})

test('only throw-away estates trade durability for speed', () => {
  expect(settings(15)).not.toHaveProperty('fsync')
  expect(settings(15, true)).toMatchObject({ fsync: 'off' })
})

test('words of a connection string are quoted as libpq reads them', () => {
  expect(connectionText({ host: '127.0.0.1', port: 1, passfile: String.raw`/a b'c\d` })).toBe(
    String.raw`host='127.0.0.1' port='1' passfile='/a b\'c\\d'`,
  )
})
