import { Ajv, type ErrorObject } from 'ajv'
import type { FastifyInstance } from 'fastify'
import type { FieldFault } from '../../../../control-plane/domain/problem.ts'

/** What PostgreSQL's uuid takes; ajv-formats would let `urn:uuid:…` pass. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Strict for bodies, coercing for what arrives as text: Fastify's own default would coerce and strip bodies, too. */
export function useStrictBodies(app: FastifyInstance): void {
  const strict = new Ajv({ allErrors: true })
  const coercing = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true })
  for (const ajv of [strict, coercing]) ajv.addFormat('uuid', UUID)
  app.setValidatorCompiler(({ schema, httpPart }) =>
    (httpPart === 'body' ? strict : coercing).compile(schema as object),
  )
}

/** One fault per broken rule, pointing at the faulty member itself, unknown and missing ones included. */
export const fieldFaults = (
  errors: readonly Pick<ErrorObject, 'instancePath' | 'keyword' | 'message' | 'params'>[],
): FieldFault[] =>
  errors.map(({ instancePath, keyword, message = 'is not valid', params }) => {
    const member: unknown = params['additionalProperty'] ?? params['missingProperty']
    const pointer =
      typeof member === 'string'
        ? `${instancePath}/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`
        : instancePath
    return { pointer, rule: keyword, message }
  })
