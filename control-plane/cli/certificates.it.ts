import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run, servedPlane, type ServedPlane } from '../../test/support/cli.ts'
import { mustBe } from '../../test/support/customers.ts'
import { recordRemoval } from '../features/evidence/evidence.removal.ts'

let plane: ServedPlane
beforeAll(async () => {
  plane = await servedPlane()
  await plane.cell('main', { tenants: 50, requestsPerSecond: 1000 })
  const { id: tenantId } = await plane.customer('acme')
  const { operationId } = mustBe(202, await plane.call('DELETE', '/v1/tenants/acme'))
  const taken = 'now(), now()' // a backup of a stack that it was in before
  await plane.rows(
    `insert into backups (id, unit_id, tenant_id, operation_id, region, store, object_key, wrapped_key, wrapped_by, key_generation, product, version, schema, taken_at, removed_at, removed_why)
     select gen_random_uuid(), t.unit_id, t.id, $1, t.region, 's', 'o', 'w', 'k', 1, 'ledger', '1.0.0', 1, ${taken}, 'stack-gone' from tenants t where t.slug = 'acme'`,
    [operationId],
  )
  const looks = ['objects', 'rows', 'routes at the edge'].map((means) => ({ means, looked: 12, found: 0 }))
  const { signing, clock } = plane
  await plane.worker.transaction((tx) =>
    recordRemoval({ signing, clock })(tx, { tenantId, operationId: String(operationId), looks }),
  )
  await plane.finish(operationId)
})
afterAll(() => plane.close())

const offline = (line: string) => run(line.split(' '), { env: {} })
const at = (name: string) => path.join(plane.folder, name)

test('a certificate is shown, kept, and verified without the plane', async () => {
  const shown = await plane.as('tenants certificate acme')
  expect([shown.code, shown.out]).toEqual([0, expect.stringMatching(/^12 +0 +routes at the edge/m)])
  expect(shown.out).toMatch(/^BACKUP +TAKEN +DESTROYED AT$/m)
  const kept = await plane.as(`tenants certificate acme --out ${at('acme.json')}`)
  expect([kept.code, kept.err]).toEqual([0, expect.stringContaining('certificates verify')])
  const verified = await offline(`certificates verify ${at('acme.json')}`)
  expect([verified.code, verified.out]).toEqual([0, expect.stringContaining('valid: signed by')])
  const { keyId } = JSON.parse(await readFile(at('acme.json'), 'utf8')) as { keyId: string }
  const anchored = await offline(`certificates verify ${at('acme.json')} --key ${keyId}`)
  expect([anchored.code, anchored.out]).toEqual([0, expect.stringContaining('which your keys vouch for')])
})

test('one that was edited or signed by somebody else is named, and so is a tenant that has none', async () => {
  await plane.as(`tenants certificate acme --out ${at('sound.json')}`)
  const text = await readFile(at('sound.json'), 'utf8')
  await writeFile(at('edited.json'), text.replace('routes at the edge', 'routes at the hedge'))
  const edited = await offline(`certificates verify ${at('edited.json')}`)
  expect([edited.code, edited.err]).toEqual([1, expect.stringContaining('certificate.bad-signature')])
  const foreign = await offline(`certificates verify ${at('sound.json')} --key ${'0'.repeat(32)}`)
  expect([foreign.code, foreign.err]).toEqual([1, expect.stringContaining('certificate.wrong-key')])
  expect((await offline(`certificates verify ${at('nothing.json')}`)).code).toBe(2)
  await plane.customer('globex')
  const none = await plane.as('tenants certificate globex')
  expect([none.code, none.err]).toEqual([4, expect.stringContaining('certificate.none')])
  expect((await plane.as(`tenants certificate acme --out ${at('sound.json')}`)).code).toBe(2)
})
