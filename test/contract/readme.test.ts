import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { MATRIX, type Rule } from '../../control-plane/domain/admission.ts'
import { OPERATION_KINDS } from '../../control-plane/domain/operation-kinds.ts'
import { ROOT } from '../support/documents.ts'

const readme = () => readFile(path.join(ROOT, 'README.md'), 'utf8')
const packageFile = async () =>
  JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as Record<
    'scripts' | 'dependencies' | 'devDependencies',
    Record<string, string>
  >

const short = (kind: string): string => kind.replace('tenant.', '')
const word = (rule: Rule): string => (typeof rule === 'object' ? 'reject' : rule)
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** The admission matrix as the README shows it. */
const matrixTable = [
  row(['asked for ↓ while open →', ...OPERATION_KINDS.map(short)]),
  row(['---', ...OPERATION_KINDS.map(() => '---')]),
  ...OPERATION_KINDS.map((wanted) =>
    row([`**${short(wanted)}**`, ...OPERATION_KINDS.map((open) => word(MATRIX[wanted][open]))]),
  ),
].join('\n')

test('the README shows the admission matrix as the code has it', async () => {
  expect((await readme()).replaceAll(/ +\|/g, ' |')).toContain(matrixTable)
})

test('every dependency has its line in the README, and every script that it names exists', async () => {
  const text = await readme()
  const { dependencies, devDependencies, scripts } = await packageFile()
  const said = (name: string) =>
    text.includes(name) ||
    (name.startsWith('@temporalio/') && text.includes('@temporalio/*')) ||
    (name.startsWith('@aws-sdk/client-') && text.includes('@aws-sdk/client-*')) ||
    text.includes(name.replace('@opentelemetry/', ''))
  expect(Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !said(name))).toEqual([])
  const named = [...text.matchAll(/npm run (?:-s )?([a-z:-]+)/g)].map(([, name]) => name ?? '')
  expect(named.filter((name) => !(name in scripts))).toEqual([])
})

test('every version is pinned', async () => {
  const { dependencies, devDependencies } = await packageFile()
  const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  )
  expect(loose).toEqual([])
})
