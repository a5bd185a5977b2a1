import { readFile } from 'node:fs/promises'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { expect, test } from 'vitest'
import { OPENAPI_FILE, openapiText } from './openapi.ts'

type Schema = { examples?: unknown[]; $ref?: string } & Record<string, unknown>
type Media = { schema?: Schema; example?: unknown }
type Operation = {
  operationId: string
  security?: unknown[]
  parameters?: { name: string; schema: Schema; example?: unknown }[]
  requestBody?: { content: Record<string, Media> }
  responses: Record<string, { content?: Record<string, Media> }>
}
type Document = {
  openapi: string
  components: { schemas: Record<string, Schema> }
  paths: Record<string, Record<string, Operation>>
}

const text = await openapiText()
const document = JSON.parse(text) as Document // the shape every OpenAPI document has
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
)

/** The document's components, by the references it uses itself. */
const ajv = new Ajv({ strict: false, allErrors: true })
addFormats.default(ajv)
ajv.addSchema({ $id: 'openapi.json', ...document })
const complaint = (schema: Schema, value: unknown): string | undefined => {
  const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi.json#/')) as Schema // references lead out of a fragment
  const validate = ajv.compile(absolute)
  return validate(value) ? undefined : ajv.errorsText(validate.errors)
}

test('the committed document is that of the routes: run node control-plane/openapi.ts', async () => {
  expect(await readFile(OPENAPI_FILE, 'utf8')).toBe(text)
})

test('every operation has a name of its own, and only what probes, scrapers, signing in and links for customers need is public', () => {
  const names = operations.map(({ operation }) => operation.operationId)
  expect(names.length).toBeGreaterThan(10)
  expect(new Set(names)).toHaveLength(names.length)
  const open = operations.filter(({ operation }) => operation.security?.length === 0).map(({ name }) => name)
  expect(open).toEqual([
    'get /healthz',
    'get /readyz',
    'get /metrics',
    'get /v1/sign-in/start',
    'get /v1/sign-in/callback',
    'post /v1/sign-in/device',
    'post /v1/sign-in/device/token',
    'get /hand-off/{token}',
    'post /hand-off/{token}',
    'get /status/{token}',
  ])
})

test.each(Object.entries(document.components.schemas))('%s has examples, and they are valid', (_name, schema) => {
  expect(schema.examples?.length).toBeGreaterThan(0)
  for (const example of schema.examples ?? []) expect(complaint(schema, example)).toBeUndefined()
})

test.each(operations.map(({ name, operation }) => [name, operation] as const))(
  '%s: bodies and answers are named schemas or text, examples of parameters are valid',
  (_name, operation) => {
    const media = [
      operation.requestBody?.content ?? {},
      ...Object.values(operation.responses).map(({ content }) => content ?? {}),
    ].flatMap((content) => Object.entries(content))
    for (const [type, { schema }] of media) {
      if (/^application\/(.*\+)?json$/.test(type)) expect(schema?.$ref, type).toMatch(/^#\/components\/schemas\//)
    }
    for (const { schema, example } of operation.parameters ?? []) {
      if (example !== undefined) expect(complaint(schema, example)).toBeUndefined()
    }
  },
)

test('an example that breaks its schema would be found', () => {
  const { Plan: plan } = document.components.schemas
  expect(complaint(plan ?? {}, { name: 'x' })).toContain('required')
})
