import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { cruise, type ICruiseResult, type IFlattenedRuleSet } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }) // every import of the project is read

type Config = { forbidden: IFlattenedRuleSet['forbidden']; options: Record<string, unknown> }
const root = path.resolve(import.meta.dirname, '../..')
const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as Config
const ROOMS = ['control-plane', 'workflows', 'stacks', 'test']

const examine = async (folders: string[], baseDir: string): Promise<ICruiseResult> => {
  const options = { ...config.options, ruleSet: { forbidden: config.forbidden ?? [] }, validate: true, baseDir }
  const { output } = await cruise(folders, options, undefined, {
    tsConfig: extractTSConfig(path.join(root, 'tsconfig.json')),
  })
  return output as ICruiseResult
}

/** One file per rule that breaks it: a boundary check that cannot fail proves nothing. */
const PLANTED: Record<string, { file: string; text: string; also?: { file: string; text: string } }> = {
  'no-circles': {
    file: 'stacks/planted/a.ts',
    text: "import { b } from './b.ts'\nexport const a = () => b",
    also: { file: 'stacks/planted/b.ts', text: "import { a } from './a.ts'\nexport const b = () => a" },
  },
  'domain-is-the-ground': {
    file: 'control-plane/domain/planted.ts',
    text: "import type { Pool } from 'pg'\nexport type P = Pool",
  },
  'proof-needs-nothing': {
    file: 'control-plane/proof/planted.ts',
    text: "import * as x from '../domain/problem.ts'\nexport const y = x",
  },
  'control-plane-stands-alone': {
    file: 'control-plane/platform/planted.ts',
    text: "import type { Cluster } from '../../stacks/kubernetes/cluster.ts'\nexport type C = Cluster",
  },
  'platform-knows-no-feature': {
    file: 'control-plane/platform/planted-too.ts',
    text: "import * as x from '../features/tenants/tenants.schema.ts'\nexport const y = x",
  },
  'features-know-no-other-feature': {
    file: 'control-plane/features/plans/planted.ts',
    text: "import * as x from '../tenants/tenants.schema.ts'\nexport const y = x",
  },
  'contracts-are-plain-data': {
    file: 'control-plane/features/plans/planted.contract.ts',
    text: "import { Type } from 'typebox'\nexport const y = Type",
  },
  'surfaces-use-the-client-only': {
    file: 'control-plane/cli/planted.ts',
    text: "import * as x from '../domain/problem.ts'\nexport const y = x",
  },
  'stacks-know-domain-only': {
    file: 'stacks/planted/c.ts',
    text: "import * as x from '../../control-plane/platform/ids.ts'\nexport const y = x",
  },
  'workflow-code-is-deterministic': {
    file: 'workflows/planted.workflow.ts',
    text: "import { randomUUID } from 'node:crypto'\nexport const y = randomUUID",
  },
  'workflows-use-no-surface': {
    file: 'workflows/planted.ts',
    text: "import * as x from '../control-plane/cli/main.ts'\nexport const y = x",
  },
  'nothing-imports-tests': {
    file: 'stacks/planted/d.ts',
    text: "import * as x from '../../test/support/postgres.ts'\nexport const y = x",
  },
  'known-packages-only': { file: 'stacks/planted/e.ts', text: "import * as x from 'fast-check'\nexport const y = x" },
}
const planted = Object.values(PLANTED).flatMap(({ file, text, also }) => [{ file, text }, ...(also ? [also] : [])])

test('no arrow points the wrong way', async () => {
  const { summary } = await examine(ROOMS, root)
  expect(summary.violations).toEqual([])
  expect(summary.totalCruised).toBeGreaterThan(50)
})

describe('each rule catches its planted violation', () => {
  let copy: string
  beforeAll(async () => {
    copy = await mkdtemp(path.join(tmpdir(), 'steward-planted-'))
    for (const room of ROOMS) await cp(path.join(root, room), path.join(copy, room), { recursive: true })
    for (const file of ['package.json', 'tsconfig.json']) await cp(path.join(root, file), path.join(copy, file))
    await symlink(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
    for (const { file, text } of planted) {
      await mkdir(path.join(copy, path.dirname(file)), { recursive: true })
      await writeFile(path.join(copy, file), `${text}\n`)
    }
  })
  afterAll(() => rm(copy, { recursive: true, force: true }))

  test('every rule has one', () => {
    expect(Object.keys(PLANTED).toSorted()).toEqual((config.forbidden ?? []).map(({ name }) => name).toSorted())
  })
  test('and finds it', async () => {
    const { summary } = await examine(
      planted.map(({ file }) => file),
      copy,
    )
    const caught = new Set(summary.violations.map(({ rule, from }) => `${rule.name} ${from}`))
    const missed = Object.entries(PLANTED).filter(([rule, { file }]) => !caught.has(`${rule} ${file}`))
    expect(missed).toEqual([])
  })
})
