import { STATUS_CODES } from 'node:http'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'

/** The OpenAPI 3.1 document from the routes' own schemas, and its browser under /docs. */
export const documentation = fp<{ version: string }>(
  async (app, { version }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Steward',
          version,
          description:
            'The management plane. Long work answers 202 with an operation; every fault is an RFC 9457 problem with a stable `code`.',
        },
        components: {
          securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'An operator token, `stw_…`' } },
        },
        security: [{ token: [] }],
      },
      transformObject: (document) =>
        'openapiObject' in document ? described(document.openapiObject) : document.swaggerObject,
      refResolver: {
        buildLocalReference: (json, _base, _fragment, index) =>
          typeof json['$id'] === 'string' ? json['$id'] : `Schema${index}`,
      },
    })
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: true,
      transformStaticCSP: () => CSP,
      uiConfig: { validatorUrl: null, persistAuthorization: false, tryItOutEnabled: false },
      theme: { title: 'Steward API' },
    })
  },
  { name: 'steward-documentation' },
)

/** Only what the page itself ships; styles are written inline by the viewer. Nothing is sent anywhere else. */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The generator writes "Default Response" where a schema says nothing of its own: the status says more. */
function described<Document>(document: Document): Document {
  const text = JSON.stringify(document, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const answers = Object.entries(value).map(([status, answer]: [string, unknown]) => {
      const bare =
        typeof answer === 'object' &&
        answer !== null &&
        'description' in answer &&
        answer.description === 'Default Response'
      return [status, bare ? { ...answer, description: STATUS_CODES[status] ?? 'Answer' } : answer]
    })
    return Object.fromEntries(answers)
  })
  return JSON.parse(text) as Document // the same document, one word changed
}
