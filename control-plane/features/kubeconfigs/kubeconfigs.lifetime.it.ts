import { afterAll, beforeAll, expect, test } from 'vitest'
import { testApi, type TestApi } from '../../../test/support/api.ts'

let api: TestApi
beforeAll(async () => void (api = await testApi({ kubeconfigSeconds: 1800 })))
afterAll(() => api.close())

test('an installation that grants half an hour grants no more, and names the field', async () => {
  const ask = (expiresInSeconds: number) =>
    api.call('POST', '/v1/tenants/acme/kubeconfig', { body: { role: 'tenant-viewer', expiresInSeconds } })
  expect((await ask(1801)).body).toMatchObject({
    status: 422,
    code: 'kubeconfig.lifetime',
    errors: [{ pointer: '/expiresInSeconds', rule: 'maximum', message: expect.stringContaining('1800') }],
  })
  expect((await ask(1800)).body).toMatchObject({ status: 404, code: 'tenant.not-found' })
})
