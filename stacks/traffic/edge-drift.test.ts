import { expect, test } from 'vitest'
import { edgeDifferences } from './edge-drift.ts'

const wanted = {
  host: 'acme.localhost',
  target: 'http://gateway',
  unit: 'cell-1',
  tenant: 'id-acme',
  refusing: false,
  limits: { requestsPerSecond: 20, burst: 40 },
}
const open = { ...wanted, epoch: 4 }
const differences = (...routes: (typeof open)[]) =>
  edgeDifferences(routes, 'cell-1', [wanted]).map(({ what, object, path, wanted: is, found, tenantId }) => [
    what,
    object,
    path,
    is,
    found,
    tenantId,
  ])

test('a route as it was opened is no difference, nor is one of another unit', () => {
  expect(differences(open, { ...open, host: 'other.localhost', unit: 'cell-2' })).toEqual([])
  const { refusing: _none, ...unsaid } = open
  expect(edgeDifferences([unsaid], 'cell-1', [wanted])).toEqual([])
})

test('other limits are told; an edge that keeps none says nothing', () => {
  expect(differences({ ...open, limits: { requestsPerSecond: 20, burst: 4000 } })).toEqual([
    ['changed', 'EdgeRoute acme.localhost', 'limits.burst', '40', '4000', 'id-acme'],
  ])
  const { limits: _none, ...unlimited } = open
  expect(edgeDifferences([unlimited], 'cell-1', [wanted])).toEqual([])
  expect(edgeDifferences([open], 'cell-1', [{ ...wanted, limits: null }])).toEqual([])
})

test('one that is gone, one that leads elsewhere, one that nobody of us opened', () => {
  expect(differences()).toEqual([['missing', 'EdgeRoute acme.localhost', null, null, null, 'id-acme']])
  expect(differences({ ...open, target: 'http://evil', refusing: true })).toEqual([
    ['changed', 'EdgeRoute acme.localhost', 'target', '"http://gateway"', '"http://evil"', 'id-acme'],
    ['changed', 'EdgeRoute acme.localhost', 'refusing', 'false', 'true', 'id-acme'],
  ])
  expect(differences(open, { ...open, host: 'stray.localhost' })).toEqual([
    ['unknown', 'EdgeRoute stray.localhost', null, null, null, null],
  ])
})
