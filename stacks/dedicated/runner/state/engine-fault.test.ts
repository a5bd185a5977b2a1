import { expect, test } from 'vitest'
import { engineFault } from './engine-fault.ts'

const said = (rest: string) => `error: read ".pulumi/meta.yaml": blob (key ".pulumi/meta.yaml") (code=Unknown): ${rest}`

test.each([
  [
    'operation error S3: GetObject, https response error StatusCode: 403, api error AccessDenied: AKIA',
    'state.refused',
  ],
  ['operation error S3: PutObject, https response error StatusCode: 503, api error SlowDown', 'state.unreachable'],
  ['operation error S3: ListObjectsV2, exceeded maximum number of attempts, 3, StatusCode: 0', 'state.unreachable'],
  ['operation error S3: GetObject, get identity: get credentials: no EC2 IMDS role found', 'state.unreachable'],
])('%s is told as what it is', (rest, code) => {
  const problem = engineFault(said(rest))
  expect(problem).toMatchObject({ code })
  expect(problem?.detail).not.toContain('AKIA')
  expect(engineFault(`error: 2 errors occurred:\n\t1) ${rest}`)).toMatchObject({ code })
})

test('a provider that asks S3 for something of the stack itself says nothing about the state', () => {
  expect(engineFault('creating S3 Bucket: operation error S3: CreateBucket, StatusCode: 403')).toBeUndefined()
  expect(engineFault('program failed')).toBeUndefined()
})
