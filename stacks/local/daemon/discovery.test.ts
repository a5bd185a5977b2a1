import { expect, test } from 'vitest'
import { discoverPods } from './discovery.ts'

test('running pods are scraped at the address this machine reaches; others are not', () => {
  const pod = { namespace: 'cell-a', name: 'ledger-1', ip: '10.244.3.7', phase: 'Running' }
  expect(discoverPods([pod, { ...pod, phase: 'Pending' }])).toEqual([
    { targets: ['127.244.3.7:8080'], labels: { namespace: 'cell-a', pod: 'ledger-1' } },
  ])
})
