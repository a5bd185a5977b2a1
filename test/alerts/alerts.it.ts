import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { objectsOf, renderCase } from '../charts/render.ts'
import { ROOT } from '../support/documents.ts'
import { toolBinary } from '../support/kubernetes.ts'

const run = promisify(execFile)
const RULES = path.join(ROOT, 'charts/alerts/rules')
type Rule = { alert: string; labels: { severity: string }; annotations: { summary: string; runbook_url: string } }
type RuleFile = { groups: { name: string; rules: Rule[] }[] }
type Proof = { tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[] }

const names = async (folder: string, ending: string): Promise<string[]> =>
  (await readdir(path.join(ROOT, folder)))
    .filter((name) => name.endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .toSorted()
const alerts = await names('charts/alerts/rules', '.yaml')
const read = (file: string): Promise<string> => readFile(file, 'utf8')
const verdict = async (file: string): Promise<string> =>
  run(await toolBinary('promtool'), ['test', 'rules', file]).then(
    () => 'as expected',
    (error: { stdout?: string; stderr?: string }) => `${error.stdout ?? ''}${error.stderr ?? ''}`,
  )

test('every alert has a runbook and a proof, and every runbook and proof an alert', async () => {
  expect(alerts.length).toBeGreaterThan(10)
  expect(await names('runbooks', '.md')).toEqual(alerts)
  expect(await names('test/alerts', '.yaml')).toEqual(alerts)
})

test.each(alerts)('%s says how bad it is, what happens and where the runbook is', async (name) => {
  const { groups } = parse(await read(path.join(RULES, `${name}.yaml`))) as RuleFile
  expect(groups.map((group) => [group.name, group.rules.map(({ alert }) => alert)])).toEqual([[name, [name]]])
  const rule = groups[0]?.rules[0]
  expect(['warning', 'critical']).toContain(rule?.labels.severity)
  expect(rule?.annotations.summary.length).toBeGreaterThan(10)
  expect(rule?.annotations.runbook_url).toBe(`runbooks/${name}.md`)
})

test.each(alerts)('the runbook of %s has every part', async (name) => {
  const text = await read(path.join(ROOT, `runbooks/${name}.md`))
  const { groups } = parse(await read(path.join(RULES, `${name}.yaml`))) as RuleFile
  expect(text).toContain(`Alert \`${name}\`, ${groups[0]?.rules[0]?.labels.severity}. Owner: `)
  expect([...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual([
    'Meaning',
    'Impact',
    'Diagnosis',
    'Mitigation',
    'Verification',
    'Escalation',
  ])
})

test.each(alerts)('%s fires when it should and does not when it should not', async (name) => {
  const file = path.join(ROOT, `test/alerts/${name}.yaml`)
  const expected = (parse(await read(file)) as Proof).tests.flatMap(({ alert_rule_test: all }) => all)
  expect(expected.map(({ alertname }) => alertname)).toEqual(expected.map(() => name))
  expect(expected.some(({ exp_alerts: fires }) => fires.length > 0)).toBe(true)
  expect(expected.some(({ exp_alerts: fires }) => fires.length === 0)).toBe(true)
  expect(await verdict(file)).toBe('as expected')
})

test('a proof notices a rule that never fires, and one that always does', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'steward-rules-'))
  try {
    const rule = await read(path.join(RULES, 'OutboxLagging.yaml'))
    const proof = await read(path.join(ROOT, 'test/alerts/OutboxLagging.yaml'))
    await writeFile(path.join(folder, 'proof.yaml'), proof.replace(/- \.\..*/, '- rule.yaml'))
    const judged = async (text: string) => {
      await writeFile(path.join(folder, 'rule.yaml'), text)
      return verdict(path.join(folder, 'proof.yaml'))
    }
    expect(await judged(rule)).toBe('as expected')
    expect(await judged(rule.replace('> 30', '> 30000'))).toContain('name: it fires')
    expect(await judged(rule.replace('> 30', '>= 0'))).toContain('name: it does not fire')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the chart holds every rule as it is, with the address at which the runbooks are published', async () => {
  const [map] = objectsOf(await renderCase('alerts'))
  const data = map?.['data'] as Record<string, string>
  expect(Object.keys(data).toSorted()).toEqual(alerts.map((name) => `${name}.yaml`))
  for (const name of alerts) {
    const rule = await read(path.join(RULES, `${name}.yaml`))
    expect(data[`${name}.yaml`]).toBe(
      rule.replace('runbook_url: runbooks/', 'runbook_url: https://docs.example/runbooks/'),
    )
  }
})

test('no alert waits for a series that the plane does not have', async () => {
  const sources = await Promise.all(
    ['control-plane', 'workflows'].map(async (folder) => {
      const files = (await readdir(path.join(ROOT, folder), { recursive: true })).filter((name) =>
        /(?<!it|test)\.ts$/.test(name),
      )
      return Promise.all(files.map((name) => read(path.join(ROOT, folder, name))))
    }),
  )
  const code = sources.flat().join('\n')
  const series = (text: string) =>
    [...text.matchAll(/\b(steward_[a-z_]+)/g)].map(([, name = '']) => name.replace(/_bucket$/, ''))
  const wanted = (await Promise.all(alerts.map((name) => read(path.join(RULES, `${name}.yaml`))))).flatMap(series)
  expect(wanted.length).toBeGreaterThan(10)
  expect(wanted.filter((name) => !code.includes(`'${name}'`))).toEqual([])
})
