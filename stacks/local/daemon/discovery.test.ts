import { expect, test } from 'vitest'
import { podNetworkOf } from '../region-file.ts'
import { discoverPods } from './discovery.ts'

const pod = { namespace: 'cell-a', name: 'ledger-1', ip: '10.244.3.7', phase: 'Running' }
const labels = { namespace: 'cell-a', pod: 'ledger-1' }

test('running pods are scraped at the address this machine reaches; others are not', () => {
  expect(discoverPods([pod, { ...pod, phase: 'Pending' }], podNetworkOf({}))).toEqual([
    { targets: ['127.244.3.7:8080'], labels },
  ])
})

test('containers are scraped at the address they have', () => {
  expect(discoverPods([pod], podNetworkOf({ containers: {} }))).toEqual([{ targets: ['10.244.3.7:8080'], labels }])
})
