import { afterAll, beforeAll, expect, test } from 'vitest'
import { workflowRig, type WorkflowRig } from '../../test/support/workflow-rig.ts'

let rig: WorkflowRig
beforeAll(async () => {
  rig = await workflowRig()
})
afterAll(() => rig?.close())

test('where the cluster lacks guardrails no unit is made, and the operation that is asked for again makes it', async () => {
  const subject = await rig.prepare('cell.create')
  rig.region.world.lacking = ['a', 'b', 'c', 'd', 'e'].map((name) => `ValidatingAdmissionPolicy ${name} is missing`)
  const failed = await rig.ask('cell.create', subject)
  expect(await rig.ended(failed)).toMatchObject({
    state: 'failed',
    code: 'region.guardrails-missing',
    message: expect.stringMatching(/lacks .*ValidatingAdmissionPolicy a is missing; .* and 2 more/),
  })
  expect([...rig.region.world.inventories.keys()]).toEqual([])
  rig.region.world.lacking = []
  const { body } = await rig.call('POST', `/v1/operations/${failed}/retry`)
  expect(await rig.ended(String(body['operationId']))).toMatchObject({ state: 'succeeded' })
})
