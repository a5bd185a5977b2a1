import { expect, test } from 'vitest'
import { loadConfig } from '../../control-plane/platform/config.ts'
import { REGION_SETTINGS } from '../../test/support/region-settings.ts'
import { stackTools, targetOf } from './stack-request.ts'

const TOOLS = {
  STEWARD_PULUMI: '/opt/pulumi',
  STEWARD_STACK_STATE: '/var/lib/stacks',
  STEWARD_STACK_PASSPHRASE_PATH: '/etc/words',
}
const BUCKET = { STEWARD_STACK_STATE_BUCKET: 'acme-stacks', STEWARD_STACK_STATE_BUCKET_REGION: 'eu-central-1' }
const tools = (env: Record<string, string>) => stackTools(loadConfig(env))

test('states lie in the folder until a bucket is named; without one of the tools no stacks are built', () => {
  const files = { pulumi: '/opt/pulumi', stateFolder: '/var/lib/stacks', passphraseFile: '/etc/words' }
  expect(tools(TOOLS)).toEqual({ ...files, stateBucket: null })
  expect(tools({ STEWARD_PULUMI: '/opt/pulumi' })).toBeUndefined()
  const bucket = { name: 'acme-stacks', region: 'eu-central-1' }
  expect(tools({ ...TOOLS, ...BUCKET })).toEqual({ ...files, stateBucket: bucket })
  const more = {
    STEWARD_STACK_STATE_BUCKET_PREFIX: 'production/eu',
    STEWARD_STACK_STATE_BUCKET_ENDPOINT: 'https://objects.example.com',
    STEWARD_STACK_STATE_BUCKET_KMS_KEY: 'alias/stacks',
  }
  const whole = {
    ...bucket,
    prefix: 'production/eu',
    endpoint: 'https://objects.example.com',
    kmsKeyId: 'alias/stacks',
  }
  expect(tools({ ...TOOLS, ...BUCKET, ...more })?.stateBucket).toEqual(whole)
})

test.each([
  [{ STEWARD_STACK_STATE_BUCKET: 'acme-stacks' }, ['STEWARD_STACK_STATE_BUCKET_REGION']],
  [{ STEWARD_STACK_STATE_BUCKET_PREFIX: 'production' }, ['STEWARD_STACK_STATE_BUCKET']],
  [{ STEWARD_STACK_STATE_BUCKET_REGION: 'eu-central-1' }, ['STEWARD_STACK_STATE_BUCKET']],
])('a bucket by halves (%o) is refused by what it lacks', (half, lacks) => {
  const faults = lacks.map((name) => expect.stringMatching(new RegExp(`^${name} is not set, and `)))
  expect(() => tools({ ...TOOLS, ...half })).toThrow(expect.objectContaining({ code: 'configuration.invalid', faults }))
})

test('a bucket without what builds stacks is refused: nobody would keep anything there', () => {
  const lacks = ['STEWARD_STACK_STATE', 'STEWARD_STACK_PASSPHRASE_PATH']
  const faults = lacks.map((name) => `${name} is not set, and STEWARD_STACK_STATE_BUCKET needs it`)
  expect(() => tools({ ...BUCKET, STEWARD_PULUMI: '/opt/pulumi' })).toThrow(expect.objectContaining({ faults }))
})

test.each([
  ['STEWARD_STACK_STATE_BUCKET', 'Acme_Stacks'],
  ['STEWARD_STACK_STATE_BUCKET_PREFIX', '/production/'],
  ['STEWARD_STACK_STATE_BUCKET_ENDPOINT', 'https://me:secret@objects.example.com'],
])('%s does not take %s', (name, value) => {
  expect(() => tools({ ...TOOLS, ...BUCKET, [name]: value })).toThrow(`${name} is`)
})

test('a region that names nothing to build stacks of is refused by its name', () => {
  const { stackTarget: _, ...settings } = REGION_SETTINGS
  const order = { stack: 'acme', tenantId: 't', host: 'acme.localhost', plan: 'p', connections: 10, keyGeneration: 1 }
  const refusal = { code: 'stack.target-missing', detail: expect.stringContaining('local-2') as string }
  expect(() => targetOf({ ...order, region: { name: 'local-2', settings } })).toThrow(expect.objectContaining(refusal))
})
