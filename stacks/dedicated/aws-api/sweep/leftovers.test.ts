import { expect, test } from 'vitest'
import { tenantInName, type AwsLeftover } from './aws-leftover.ts'
import { kindOf } from './by-tag.ts'
import { merged } from './sweep.ts'

test.each([
  ['arn:aws:rds:eu-central-1:1:db:steward-acme-first', 'rds:db'],
  ['arn:aws:eks:eu-central-1:1:cluster/steward-acme', 'eks:cluster'],
  ['arn:aws:logs:eu-central-1:1:log-group:/aws/eks/steward-acme/cluster', 'logs:log-group'],
  ['arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/net/x/1', 'elasticloadbalancing:loadbalancer'],
  ['arn:aws:s3:::a-bucket', 's3'],
])('%s is a %s', (arn, kind) => {
  expect(kindOf(arn)).toBe(kind)
})

test.each([
  ['steward-acme', {}, 'acme'],
  ['steward-acme-labs-first', { after: '-first' }, 'acme-labs'],
  ['alias/steward-acme', { before: 'alias/' }, 'acme'],
  ['steward-', {}, undefined],
  ['steward', {}, undefined],
  ['nightly', {}, undefined],
  ['steward-acme/first', {}, undefined],
  ['steward-first', { after: '-first' }, undefined],
])('in %s %o is the tenant %s', (name, around, tenant) => {
  expect(tenantInName(name, around)).toBe(tenant)
})

test('what two witnesses name differently is one thing, and what either knows of its end stays known', () => {
  const endsAt = new Date('2027-01-01')
  const at = { where: 'eu-central-1', tenant: 'acme' }
  const found: AwsLeftover[] = [
    { ...at, kind: 'eks:cluster', name: 'arn:aws:eks:eu-central-1:1:cluster/steward-acme' },
    { ...at, kind: 'eks:cluster', name: 'steward-acme' },
    { ...at, kind: 'logs:log-group', name: 'arn:aws:logs:eu-central-1:1:log-group:/steward/steward-acme/flow:*' },
    { ...at, kind: 'logs:log-group', name: '/steward/steward-acme/flow' },
    { ...at, kind: 'secretsmanager:secret', name: 'arn:aws:secretsmanager:eu-central-1:1:secret:x', endsAt },
    { ...at, kind: 'secretsmanager:secret', name: 'arn:aws:secretsmanager:eu-central-1:1:secret:x' },
    { ...at, where: 'eu-west-1', kind: 'eks:cluster', name: 'steward-acme' },
  ]
  expect(merged(found).map(({ kind, where, endsAt: end }) => [kind, where, end])).toEqual([
    ['eks:cluster', 'eu-central-1', undefined],
    ['logs:log-group', 'eu-central-1', undefined],
    ['secretsmanager:secret', 'eu-central-1', endsAt],
    ['eks:cluster', 'eu-west-1', undefined],
  ])
})
