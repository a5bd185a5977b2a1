import { describe, expect, test } from 'vitest'
import type { RegisteredStack } from '../../../test/support/register.ts'
import { LOCAL_INPUTS, registeredLocalStack } from '../../../test/support/registered-local-stack.ts'
import { INPUTS, registeredStack } from '../../../test/support/registered-stack.ts'
import type { StackInputs, StackOutputs } from './stack-program.ts'

/** What holds for the program of every target; what it makes is its own. */
type Target = { target: string; inputs: StackInputs; run: (inputs: StackInputs) => Promise<RegisteredStack> }
const TARGETS: readonly Target[] = [
  { target: 'local', inputs: LOCAL_INPUTS, run: (inputs) => registeredLocalStack(inputs) },
  { target: 'aws', inputs: INPUTS, run: (inputs) => registeredStack(inputs) },
]
const OUTPUTS: readonly (keyof StackOutputs)[] = [
  'backupStore',
  'cluster',
  'clusterEndpoint',
  'databasePrimary',
  'databaseSecret',
  'databaseStandby',
  'key',
]
const named = ({ resources }: RegisteredStack) => resources.map(({ type, name }) => `${type} ${name}`)

describe.each(TARGETS)('the program for $target', ({ inputs, run }) => {
  test('tells the outputs that every stack has, and each is known', async () => {
    const { outputs } = await run(inputs)
    expect(Object.keys(outputs).toSorted()).toEqual(OUTPUTS)
    for (const [name, value] of Object.entries(outputs))
      expect([name, value]).toEqual([name, expect.stringMatching(/./)])
    expect(outputs.databasePrimary).toMatch(/:\d+$/)
    expect(outputs.databaseStandby).not.toBe(outputs.databasePrimary)
  })

  test('protects databases and keys, so that no run loses a tenant its data', async () => {
    const { resources } = await run(inputs)
    const kept = resources.filter(({ protect }) => protect).map(({ type }) => type)
    expect(kept.some((type) => /Postgres|rds/.test(type))).toBe(true)
    expect(kept.some((type) => /Key|kms/.test(type))).toBe(true)
  })

  test('names everything after its tenant, and nothing as another tenant does', async () => {
    const [one, other] = [await run(inputs), await run({ ...inputs, tenant: 'globex', unit: 'globex' })]
    for (const name of named(one)) expect(name).toContain('acme')
    expect(named(other).filter((name) => named(one).includes(name))).toEqual([])
  })

  test('declares the same for the same inputs', async () => {
    expect(named(await run(inputs))).toEqual(named(await run(inputs)))
  })

  test.each<[string, Partial<StackInputs>]>([
    ['tenant', { tenant: 'Acme' }],
    ['size', { size: 'huge' as 'large' }],
    ['region', { residency: ['elsewhere'] }],
    ['versions/kubernetes', { versions: { ...inputs.versions, kubernetes: '1' } }],
    ['versions/postgres', { versions: { ...inputs.versions, postgres: '9.6' } }],
  ])('refuses a wrong %s by name', async (field, over) => {
    await expect(run({ ...inputs, ...over })).rejects.toMatchObject({
      code: 'stack.invalid',
      fields: expect.arrayContaining([expect.objectContaining({ pointer: `/${field}` })]),
    })
  })
})
