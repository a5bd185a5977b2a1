import { access } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isFree } from '../../ports.ts'
import type { ResourceView } from '../being.ts'
import { askApp, serveApp, stackRig, type StackRig } from './support/stack-rig.ts'

const PATIENT_MS = 300_000
let rig: StackRig
beforeAll(async () => {
  rig = await stackRig(['prometheus', 'node', 'gateway', 'kube-scheduler', 'kube-controller-manager'])
})
afterAll(async () => {
  await rig?.remove()
})

const stateOf = ({ servers }: ResourceView, part: string) =>
  servers.find(({ name }) => name.endsWith(`.${part}`))?.state
const atOnce = () => true

test.each([
  ['at once', atOnce, 'at once', atOnce],
  [
    'when its etcd is up',
    (view: ResourceView) => stateOf(view, 'etcd') === 'ready',
    'when its node has ended',
    (view: ResourceView) => stateOf(view, 'node') === 'stopped',
  ],
  [
    'while its node starts',
    (view: ResourceView) => stateOf(view, 'node') === 'starting',
    'while its servers end',
    (view: ResourceView) => stateOf(view, 'node') === 'stopping',
  ],
])(
  'the daemon killed %s after a cluster was asked for, and again after its end was, is followed by one that goes on',
  async (when, making, _then, ending) => {
    const name = `stack-${when.length}`
    expect((await rig.ask('PUT', name, {})).status).toBe(202)
    await rig.seen(name, making)
    await rig.killDaemon()
    await rig.start()
    const made = await rig.ready(name)
    const gatewayUrl = String(made.outputs['gatewayUrl'])
    await serveApp(rig, name, gatewayUrl, `${name}.localhost`)

    expect((await rig.ask('DELETE', name)).status).toBe(202)
    await rig.seen(name, ending).catch(() => undefined) // it may be gone by now
    await rig.killDaemon()
    await rig.start()
    await rig.gone(name)
    await expect(access(rig.folderOf(name))).rejects.toThrow('ENOENT')
    for (const port of made.servers.flatMap(({ ports }) => ports))
      expect([port, await isFree(port)]).toEqual([port, true])
    await expect(askApp(gatewayUrl, `${name}.localhost`)).rejects.toThrow('ECONNREFUSED')
  },
  PATIENT_MS,
)
