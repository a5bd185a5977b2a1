import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../../../../test/support/postgres.ts'
import { followCniAddresses, readCniRecord } from './cni-addresses.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const note = (uid: string, address: string, networkName = 'steward') =>
  JSON.stringify({
    kind: 'cniCacheV1',
    networkName,
    cniArgs: [
      ['IgnoreUnknown', '1'],
      ['K8S_POD_UID', uid],
    ],
    result: { cniVersion: '0.4.0', ips: [{ version: '4', address: `${address}/24` }] },
  })

test('a note names a pod and its address; other files, and halves of one, say nothing', () => {
  expect(readCniRecord(note('u-1', '10.245.7.9'))).toEqual({ uid: 'u-1', address: '10.245.7.9' })
  expect(readCniRecord(note('u-1', '127.0.0.1', 'cni-loopback'))).toBeUndefined()
  expect(readCniRecord(note('u-1', '10.245.7.9').slice(0, 60))).toBeUndefined()
  expect(readCniRecord('{}')).toBeUndefined()
})

test('notes are known from the start, as they come, and no longer when they go', async () => {
  const home = await mkdtemp(join(tmpdir(), 'steward-notes-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  let changes = 0
  const folder = join(home, 'results')
  const followed = followCniAddresses(folder, () => (changes += 1), silent)
  onTestFinished(() => followed.stop())
  await until(async () => expect(changes).toBeGreaterThan(0))
  expect([...followed.addresses()]).toEqual([])
  await writeFile(join(folder, 'steward-1-eth0'), note('u-1', '10.245.7.9'))
  await writeFile(join(folder, 'steward-2-eth0'), note('u-2', '10.245.7.10'))
  await until(async () => expect(followed.addresses().get('u-2')).toBe('10.245.7.10'))
  expect(followed.addresses().get('u-1')).toBe('10.245.7.9')
  await rm(join(folder, 'steward-1-eth0'))
  await until(async () => expect([...followed.addresses().keys()]).toEqual(['u-2']))
})
