import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import type { FastifySchema, FastifySchemaCompiler } from 'fastify'
import type { FieldFault } from '../domain/problem.ts'
import { componentOf } from './schemas.ts'

const settings = { allErrors: true, useDefaults: true, removeAdditional: false, strict: false, messages: true } as const
/** JSON has types, so a body must use them; a query string and a path have none, so theirs are read as what the schema wants. */
const strict = new Ajv({ ...settings, coerceTypes: false })
const lenient = new Ajv({ ...settings, coerceTypes: 'array' })
/** ajv-formats takes `urn:uuid:…` for a uuid, the year 0 and any offset for a time; PostgreSQL's uuid and timestamptz do not. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const STORABLE_TIME = /^(?!0000).*(z|[+-](0\d|1[0-5]):?[0-5]\d)$/i
const isDateTime = new Ajv(settings)
  .addFormat('date-time', addFormats.default.get('date-time'))
  .compile({ type: 'string', format: 'date-time' })
for (const ajv of [strict, lenient]) {
  addFormats.default(ajv)
  ajv.addFormat('uuid', UUID)
  ajv.addFormat('date-time', (text) => STORABLE_TIME.test(text) && isDateTime(text))
}

/** The validator compiler of every route. */
export const compileValidator: FastifySchemaCompiler<FastifySchema> = ({ schema, httpPart }): ValidateFunction => {
  const ajv = httpPart === 'body' ? strict : lenient
  addComponents(ajv, schema, new Set())
  return ajv.compile(schema)
}

function addComponents(ajv: Ajv, node: unknown, seen: Set<unknown>): void {
  if (typeof node !== 'object' || node === null || seen.has(node)) return
  seen.add(node)
  if ('$ref' in node && typeof node.$ref === 'string') {
    const component = componentOf(node.$ref)
    if (component !== undefined && ajv.getSchema(node.$ref) === undefined) {
      addComponents(ajv, component, seen)
      ajv.addSchema(component)
    }
  }
  for (const member of Object.values(node)) addComponents(ajv, member, seen)
}

const PARTS = { body: 'body', querystring: 'query', params: 'path', headers: 'header' } as const satisfies Record<
  string,
  FieldFault['in']
>

/** Says what AJV found as faults of fields: the pointer names the field itself, also when it is unknown or missing. */
export function fieldFaults(errors: readonly ErrorObject[], context: string | undefined): FieldFault[] {
  const where = PARTS[(context ?? 'body') as keyof typeof PARTS] ?? 'body'
  return errors
    .filter(({ keyword }) => keyword !== 'if') // its branch reports the fault itself
    .slice(0, 20)
    .map(({ instancePath, keyword, params, message }) => {
      const name = named(keyword, params as Record<string, unknown>) // AJV types it per keyword; only strings are read
      const allowed = keyword === 'enum' ? `: ${(params as { allowedValues: unknown[] }).allowedValues.join(', ')}` : ''
      return {
        in: where,
        pointer:
          name === undefined ? instancePath : `${instancePath}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
        rule: keyword,
        message:
          keyword === 'additionalProperties'
            ? 'is not a known field'
            : keyword === 'required'
              ? 'is missing'
              : `${message ?? 'is invalid'}${allowed}`,
      }
    })
}

function named(keyword: string, params: Record<string, unknown>): string | undefined {
  const name =
    keyword === 'additionalProperties'
      ? params['additionalProperty']
      : keyword === 'required'
        ? params['missingProperty']
        : undefined
  return typeof name === 'string' ? name : undefined
}

/** Writes problems: their members are ours, so no schema filters them. */
export const UNCHECKED = (payload: unknown): string => JSON.stringify(payload)
