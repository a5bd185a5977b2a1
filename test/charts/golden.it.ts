import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { CASE_NAMES, CASES, UNIT_CASES, objectsOf, render, renderCase } from './render.ts'

describe('rendered charts', () => {
  /** After an intended change: `npx vitest run --project integration test/charts -u`, and read the difference. */
  test.each(CASE_NAMES)('%s equals its golden file', async (name) => {
    await expect(await renderCase(name)).toMatchFileSnapshot(`golden/${name}.yaml`)
  })

  test('no golden file is left without its case', async () => {
    const files = await readdir(path.join(import.meta.dirname, 'golden'))
    expect(files.toSorted()).toEqual(CASE_NAMES.map((name) => `${name}.yaml`).toSorted())
  })

  test.each(CASE_NAMES)('%s is the same again, under another release name and namespace of helm', async (name) => {
    const { chart, values } = CASES[name]
    expect(await render(chart, values, 'another')).toBe(await render(chart, values))
  })
})

describe('every object', () => {
  test.each(UNIT_CASES)('of %s says whose it is and lies in the namespace of its unit', async (name) => {
    const objects = objectsOf(await renderCase(name))
    expect(objects.length).toBeGreaterThan(0)
    const { unit, namespace, ...values } = CASES[name].values
    for (const { kind, metadata } of objects) {
      const ofTenant = 'tenant' in values && (name === 'instance' || kind === 'HTTPRoute')
      expect(metadata.labels, `${kind} ${metadata.name}`).toMatchObject({
        'app.kubernetes.io/name': CASES[name].chart,
        'app.kubernetes.io/instance': unit.name,
        'app.kubernetes.io/part-of': 'steward',
        'app.kubernetes.io/managed-by': 'steward',
        'steward.dev/unit': unit.id,
        'steward.dev/tenant': ofTenant ? values.tenant.id : 'none',
      })
      expect(kind === 'Namespace' ? metadata.name : metadata.namespace).toBe(namespace)
    }
  })

  test.each(CASE_NAMES)('of %s is alone under its kind and name', async (name) => {
    const names = objectsOf(await renderCase(name)).map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    expect(new Set(names).size).toBe(names.length)
  })

  test.each(UNIT_CASES)('of %s is no hook, because the plane applies it', async (name) => {
    expect(await renderCase(name)).not.toContain('helm.sh/hook')
  })
})

test('a route rendered for the placeholder becomes the route of a tenant by substituting three words', async () => {
  const tenant = { id: '01900000-0000-7000-8000-0000000000aa', slug: 'acme', host: 'acme.example' }
  const substituted = (await renderCase('ledger-route-canary'))
    .replaceAll('00000000-0000-7000-8000-000000000000', tenant.id)
    .replaceAll('placeholder.invalid', tenant.host)
    .replaceAll('placeholder', tenant.slug)
  expect(substituted).toBe(await renderCase('ledger-route-canary', { tenant }))
})

test('names that YAML reads as something else stay text', async () => {
  const change = { unit: { name: 'true' }, namespace: 'null', stable: { version: '1e3' } }
  for (const { metadata } of objectsOf(await renderCase('ledger-workload', change))) {
    expect([metadata.namespace, metadata.labels?.['app.kubernetes.io/instance']]).toEqual(['null', 'true'])
  }
})
