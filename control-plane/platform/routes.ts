import type { FastifyInstance, RouteOptions } from 'fastify'
import type { TSchema } from 'typebox'
import { PUBLIC } from '../domain/access.ts'
import { componentOf, problemResponses, ref } from './schemas.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Asked all the time by machines: answered without a line in the log. */
    quiet?: boolean
    /** Actions of the events that it records (`tenant.create`), in the document as `x-audit`. Whatever changes something has one. */
    audit?: readonly string[]
  }
}

/** Routes of `@fastify/swagger-ui`, which cannot be told our rules; the document they show is public. */
const DOCUMENTATION = '/docs'

/**
 * Refuses, at boot, a route that does not say who may use it and what it is called; fills in what all routes share. Schemas
 * referred to by `$id` are registered with the instance that uses them.
 */
export function checkRoute(this: FastifyInstance, route: RouteOptions & { path: string; prefix: string }): void {
  const name = `${String(route.method)} ${route.url}`
  if (route.prefix === DOCUMENTATION) {
    route.config = { ...route.config, access: PUBLIC, quiet: true }
    return
  }
  if (route.config?.access === undefined)
    throw new Error(`${name}: declare config.access, for example can('plans:read') or PUBLIC`)
  const schema = route.schema
  if (schema?.operationId === undefined) throw new Error(`${name}: declare schema.operationId`)
  if (schema.tags === undefined || schema.tags.length === 0) throw new Error(`${name}: declare schema.tags`)
  if (isChange(route) && !(route.config.audit && route.config.audit.length > 0)) {
    throw new Error(`${name}: declare config.audit, the actions it records, for example ['tenant.create']`)
  }
  if (route.config.audit !== undefined) Object.assign(schema, { 'x-audit': route.config.audit })
  if (schema.body !== undefined) {
    if (!isClosed(schema.body)) throw new Error(`${name}: close its body schema with additionalProperties: false`)
    schema.body = shared(schema.body)
  }
  schema.querystring ??= { type: 'object', properties: {}, additionalProperties: false }
  if (!isClosed(schema.querystring)) throw new Error(`${name}: close its query schema with additionalProperties: false`)
  const answers = Object.entries((schema.response ?? {}) as Record<string, unknown>).map(([status, answer]) => [
    status,
    shared(answer),
  ])
  schema.response = { ...problemResponses(), ...Object.fromEntries(answers) }
  if (route.config.access.access === 'public') schema.security ??= []
  register(this, schema, new Set())
}

const isChange = ({ method }: RouteOptions) => [method].flat().some((one) => !['GET', 'HEAD', 'OPTIONS'].includes(one))

const isClosed = (schema: unknown): boolean => {
  if (typeof schema !== 'object' || schema === null) return false
  if ('$ref' in schema && typeof schema.$ref === 'string') return isClosed(componentOf(schema.$ref))
  return 'additionalProperties' in schema && schema.additionalProperties === false
}

/** A schema that has a name is referred to by it, so that the document names it too. */
const shared = (schema: unknown): unknown =>
  typeof schema === 'object' && schema !== null && '$id' in schema ? ref(schema as TSchema) : schema

function register(app: FastifyInstance, node: unknown, seen: Set<unknown>): void {
  if (typeof node !== 'object' || node === null || seen.has(node)) return
  seen.add(node)
  if ('$ref' in node && typeof node.$ref === 'string') {
    const component = componentOf(node.$ref)
    if (component !== undefined && app.getSchema(node.$ref) === undefined) {
      app.addSchema(component)
      register(app, component, seen)
    }
  }
  for (const member of Object.values(node)) register(app, member, seen)
}
