import { expect, test } from 'vitest'
import { differenceText } from '../../control-plane/domain/drift.ts'
import { stackDifferences } from './stack-drift.ts'

const TENANT = '00000000-0000-7000-8000-000000000001'

test('each field of a resource is a difference of its own, one that is gone is one, and what is protected says so', () => {
  const found = stackDifferences(
    [
      {
        resource: 'acme-db',
        type: 'steward:local:PostgresCluster',
        protected: true,
        gone: false,
        fields: [
          { name: 'maxConnections', wanted: 100, found: 400 },
          { name: 'standbys', wanted: 1, found: undefined },
        ],
      },
      { resource: 'acme-backups', type: 'steward:local:BackupStore', protected: false, gone: true, fields: [] },
    ],
    TENANT,
  )
  expect(found.map(differenceText)).toEqual([
    'PostgresCluster acme-db (protected) maxConnections is 400 instead of 100',
    'PostgresCluster acme-db (protected) standbys is absent instead of 1',
    'BackupStore acme-backups is gone',
  ])
  expect(new Set(found.map(({ tenantId }) => tenantId))).toEqual(new Set([TENANT]))
})

test('a stack as it was built has no difference', () => {
  expect(stackDifferences([], TENANT)).toEqual([])
})
