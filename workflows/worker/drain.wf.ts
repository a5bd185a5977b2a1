import { expect, test } from 'vitest'
import { gate } from '../../test/support/gate.ts'
import { subjectState } from '../../test/support/subject-state.ts'
import { workflowRig } from '../../test/support/workflow-rig.ts'

test('a worker that is stopped in the middle of a step leaves it to the next one', async () => {
  const rig = await workflowRig()
  try {
    const subject = await rig.prepare('tenant.provision')
    const held = gate()
    rig.hooks.beforeEffect = ({ step, attempt }) => (step === 'open-edge' && attempt === 1 ? held.pass() : undefined)
    const operationId = await rig.ask('tenant.provision', subject)
    await held.reached()
    const stopped = rig.replaceWorker()
    held.open() // by now the old worker is told to stop; what it still does must not harm
    await stopped
    expect(await rig.ended(operationId)).toMatchObject({ state: 'succeeded' })
    expect(await subjectState(rig, subject)).toMatchObject({ edge: true, own: ['route'], tenant: { state: 'active' } })
  } finally {
    await rig.close()
  }
})

test('an effect that waits is told to stop with its worker, and goes on at the next one', async () => {
  const rig = await workflowRig()
  try {
    const subject = await rig.prepare('tenant.provision')
    const { edge } = rig.region.world
    const host = `${subject.slug}.localhost`
    rig.hooks.afterEffect = ({ step }) => {
      const route = edge.get(host)
      if (step === 'open-edge' && route) edge.set(host, { ...route, closed: true }) // the probe will wait
    }
    const operationId = await rig.ask('tenant.provision', subject)
    await rig.reached(operationId, 'probe-serving')
    await rig.replaceWorker()
    const route = edge.get(host)
    if (route) edge.set(host, { ...route, closed: false })
    const end = await rig.ended(operationId)
    expect(end).toMatchObject({ state: 'succeeded' })
    const [first] = end.steps.filter(({ step }) => step === 'probe-serving')
    expect(first).toMatchObject({ state: 'failed', code: 'worker.stopping' })
  } finally {
    await rig.close()
  }
})
