import { expect, test } from 'vitest'
import { parseManifest } from './manifest.ts'

const one = (name: string, rest = '') => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n${rest}`

test('documents become objects in their namespace, sorted, whatever order they came in', () => {
  const text = `---\n# nothing\n---\n${one('b')}---\n${one('a')}---\napiVersion: v1\nkind: Namespace\nmetadata: { name: home }\n`
  const objects = parseManifest(text, 'space')
  expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([
    'ConfigMap space/a',
    'ConfigMap space/b',
    'Namespace undefined/home',
  ])
  expect(parseManifest('', 'space')).toEqual([])
})

test('values are read as helm and kubectl read them', () => {
  const [object] = parseManifest(
    one('a', 'mode: 0440\nyes: on\nday: 2026-01-02\ntime: "12:30"\nbase: 12:30\n'),
    'space',
  )
  expect(object).toMatchObject({ mode: 0o440, true: true, day: '2026-01-02', time: '12:30', base: '12:30' })
})

test('a List is its items', () => {
  const list = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: { name: x }\n`
  expect(parseManifest(list, 'space').map(({ kind }) => kind)).toEqual(['Secret'])
})

test('broken YAML, a document that is no object and an object rendered twice are refused', () => {
  for (const text of ['a: [', 'just text', 'kind: X\nmetadata: { name: y }', `${one('a')}---\n${one('a')}`])
    expect(() => parseManifest(text, 'space')).toThrow(
      expect.objectContaining({ code: 'chart.invalid', retryable: false }),
    )
})
