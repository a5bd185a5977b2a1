import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { toolBinary } from '../../test/support/kubernetes.ts'
import { createRenderer, type Renderer } from './render.ts'

let charts: string
let renderer: Renderer
let helm: string
beforeAll(async () => {
  helm = await toolBinary('helm')
  charts = await mkdtemp(path.join(tmpdir(), 'steward-charts-'))
  await mkdir(path.join(charts, 'tiny', 'templates'), { recursive: true })
  const files = {
    'Chart.yaml': 'apiVersion: v2\nname: tiny\nversion: 1.0.0\nkubeVersion: "~1.35.4"\n',
    'values.schema.json': '{"type":"object","properties":{"word":{"type":"string"}},"additionalProperties":false}',
    'templates/a.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: r\ndata:\n  word: {{ .Values.word | quote }}\n',
  }
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(path.join(charts, 'tiny', name), text)))
  renderer = createRenderer({ helm, charts: [charts] })
})
afterAll(() => rm(charts, { recursive: true, force: true }))
const request = { chart: 'tiny', release: 'r', namespace: 'n', values: { word: 'hello' } }

test('a chart is rendered for a fixed version of Kubernetes, without any cluster', async () => {
  const { objects } = await renderer.render(request)
  expect(objects).toEqual([
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'r', namespace: 'n' },
      data: { word: 'hello' },
    },
  ])
})

test('rendered twice it is the same, by another renderer, too', async () => {
  const [first, again, other] = await Promise.all(
    [renderer, renderer, createRenderer({ helm, charts: [charts] })].map((one) => one.render(request)),
  )
  expect(again).toEqual(first)
  expect(other).toEqual(first)
  expect((await renderer.render({ ...request, values: { word: 'other' } })).hash).not.toBe(first?.hash)
})

test('what was rendered once needs no helm again, until the chart changes; callers cannot spoil it', async () => {
  const shell = path.join(charts, 'helm-once')
  await writeFile(shell, `#!/bin/sh\necho x >> "${charts}/runs"\nexec "${helm}" "$@"\n`, { mode: 0o755 })
  const counted = createRenderer({ helm: shell, charts: [charts] })
  const runs = async () =>
    (await import('node:fs/promises')).readFile(path.join(charts, 'runs'), 'utf8').then((text) => text.length / 2)
  const results = await Promise.all(Array.from({ length: 5 }, () => counted.render(request)))
  for (const { objects } of results) for (const object of objects) object.metadata.name = 'spoilt'
  expect((await counted.render(request)).objects[0]?.metadata.name).toBe('r')
  expect(await runs()).toBe(1)
  await cp(path.join(charts, 'tiny', 'templates', 'a.yaml'), path.join(charts, 'tiny', 'templates', 'b.yaml'))
  await expect(counted.render(request)).rejects.toMatchObject({
    code: 'chart.invalid',
    detail: 'ConfigMap n/r is rendered twice',
  })
  await rm(path.join(charts, 'tiny', 'templates', 'b.yaml'))
  await counted.render(request)
  expect(await runs()).toBe(2)
})

test('values against the schema, a missing chart and a missing helm are refused by name', async () => {
  await expect(renderer.render({ ...request, values: { word: 1 } })).rejects.toMatchObject({
    code: 'chart.invalid',
    detail: expect.stringContaining('word'),
  })
  await expect(renderer.render({ ...request, chart: 'none' })).rejects.toMatchObject({
    code: 'chart.invalid',
    detail: expect.stringContaining('none'),
  })
  const helpless = createRenderer({ helm: path.join(charts, 'no-helm'), charts: [charts] })
  await expect(helpless.render(request)).rejects.toMatchObject({
    code: 'helm.missing',
    detail: expect.stringContaining('helm cannot be run at'),
  })
})

test('what could render differently is refused before helm sees it', async () => {
  const template = path.join(charts, 'tiny', 'templates', 'chance.yaml')
  await writeFile(template, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ randAlpha 5 | lower }}\n')
  await expect(renderer.render(request)).rejects.toMatchObject({
    code: 'chart.impure',
    detail: 'tiny: templates/chance.yaml:4: name: {{ randAlpha 5 | lower }}',
  })
  await rm(template)
  await renderer.render(request)
})
