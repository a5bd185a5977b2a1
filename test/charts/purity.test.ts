import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { chartImpurities, impuritiesOf } from '../../stacks/kubernetes/chart-purity.ts'

const CHARTS = path.resolve(import.meta.dirname, '../../charts')
const templates = async () => {
  const files = await readdir(CHARTS, { recursive: true })
  return files.filter((file) => /^[^/]+\/templates\/.*\.(yaml|tpl)$/.test(file)).toSorted()
}

describe('templates are pure', () => {
  test('all of them', async () => {
    const files = await templates()
    expect(files.length).toBeGreaterThan(15)
    // the plane does not render this one: Helm installs it, and its rules are files so that Prometheus can read them as they are
    for (const file of files.filter((name) => !name.startsWith('alerts/')))
      expect(impuritiesOf(await readFile(path.join(CHARTS, file), 'utf8')), file).toEqual([])
  })

  test.each([
    '{{ (lookup "v1" "Secret" "x" "y").data }}',
    'password: {{ randAlphaNum 10 | quote }}',
    'at: {{ now | date "2006-01-02" }}',
    '{{- $ca := genCA "x" 365 }}',
    '{{ uuidv4 }}',
    '{{ if .Capabilities.APIVersions.Has "v1" }}',
    'name: {{ .Release.Name }}',
    '{{ .Files.Get "x" }}',
    '{{ tpl .Values.text . }}',
  ])('%s would be found', (line) => {
    expect(impuritiesOf(`kind: ConfigMap\n${line}`)).toEqual([`2: ${line}`])
  })

  test('fields, variables and texts of such names are no such functions', () => {
    expect(impuritiesOf('{{ .Values.now }}{{ $date := "lookup" }}{{/* rand */}}{{ include "x.env" . }}')).toEqual([])
  })

  test('an action is looked at over all its lines', () => {
    expect(impuritiesOf('a: 1\n{{- include\n   (now)\n}}')).toEqual(['3: (now)'])
  })

  test('a chart is judged as a whole: subcharts, packed ones, and where its schema refers to', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'steward-impure-'))
    const files = {
      'charts/sub/templates/a.yaml': 'x: {{ uuidv4 }}\n',
      'charts/other.tgz': '',
      'templates/NOTES.txt': '{{ .Release.Name }}',
      'templates/fine.yaml': 'x: {{ .Values.x }}',
      'values.schema.json': '{"properties":{"x":{"$ref":"https://example.invalid/x.json"}}}',
    }
    try {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
        await writeFile(path.join(folder, name), text)
      }
      expect(await chartImpurities(folder, Object.keys(files))).toEqual([
        'charts/other.tgz: a packed subchart',
        'charts/sub/templates/a.yaml:1: x: {{ uuidv4 }}',
        'values.schema.json: a $ref that leads out of the file',
      ])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('one resource to a template', async () => {
    for (const file of (await templates()).filter((name) => name.endsWith('.yaml'))) {
      const text = await readFile(path.join(CHARTS, file), 'utf8')
      expect(
        [...text.matchAll(/^kind:|include "(ledger\.(deployment|service|disruptionBudget)|guardrails\.binding)"/gm)],
        file,
      ).toHaveLength(1)
      expect(text, file).not.toMatch(/^---/m)
    }
  })
})

describe('schemas are closed', () => {
  type Schema = { type?: string; additionalProperties?: unknown; properties?: Record<string, Schema> }
  const open = (schema: Schema, at: string): string[] => [
    ...(schema.type === 'object' && schema.additionalProperties !== false ? [at] : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => open(inner, `${at}/${name}`)),
  ]
  test.each(['alerts', 'cell', 'cluster-guardrails', 'control-plane', 'instance', 'ledger'])(
    '%s, at every level',
    async (chart) => {
      const schema = JSON.parse(await readFile(path.join(CHARTS, chart, 'values.schema.json'), 'utf8')) as Schema
      expect(open(schema, '')).toEqual([])
      expect(open({ type: 'object', properties: { x: { type: 'object' } } }, '')).toEqual(['', '/x'])
    },
  )
})
