import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'

const CHARTS = path.resolve(import.meta.dirname, '../../charts')
/** Whatever makes two renders of the same values differ: the cluster, chance, the clock, the network, how helm was called. */
const IMPURE =
  /\b(lookup|now|ago|date|dateInZone|dateModify|date_in_zone|date_modify|htmlDate|htmlDateInZone|unixEpoch|rand\w*|shuffle|uuidv4|gen\w+|htpasswd|bcrypt|derivePassword|encryptAES|buildCustomCert|getHostByName|env|expandenv)\b|[.](Capabilities|Release|Files)\b/

/** Uses of forbidden functions, as `line: text`; comments are not looked at. */
const impurities = (template: string): string[] =>
  template
    .replaceAll(/\{\{-?\s*\/\*[\s\S]*?\*\/\s*-?\}\}/g, '')
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(/\{\{(.*?)\}\}/g)].some(([, inside = '']) => IMPURE.test(inside))
        ? [`${index + 1}: ${line.trim()}`]
        : [],
    )

const templates = async () => {
  const files = await readdir(CHARTS, { recursive: true })
  return files.filter((file) => /^[^/]+\/templates\/.*\.(yaml|tpl)$/.test(file)).toSorted()
}

describe('templates are pure', () => {
  test('all of them', async () => {
    const files = await templates()
    expect(files.length).toBeGreaterThan(15)
    for (const file of files) expect(impurities(await readFile(path.join(CHARTS, file), 'utf8')), file).toEqual([])
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
  ])('%s would be found', (line) => {
    expect(impurities(`kind: ConfigMap\n${line}`)).toEqual([`2: ${line}`])
  })

  test('one resource to a template', async () => {
    for (const file of (await templates()).filter((name) => name.endsWith('.yaml'))) {
      const text = await readFile(path.join(CHARTS, file), 'utf8')
      expect([...text.matchAll(/^kind:|include "ledger\.(deployment|service|disruptionBudget)"/gm)], file).toHaveLength(
        1,
      )
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
  test.each(['cell', 'ledger'])('%s, at every level', async (chart) => {
    const schema = JSON.parse(await readFile(path.join(CHARTS, chart, 'values.schema.json'), 'utf8')) as Schema
    expect(open(schema, '')).toEqual([])
    expect(open({ type: 'object', properties: { x: { type: 'object' } } }, '')).toEqual(['', '/x'])
  })
})
