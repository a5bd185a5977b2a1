import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { assemble } from './app.ts'
import { openCredentials } from './features/access/access.credentials.ts'
import { openEventHub } from './features/operations/operations.hub.ts'
import { systemClock } from './platform/clock.ts'
import { openDatabase } from './platform/database.ts'
import { createLogger } from './platform/logger.ts'
import { createCursors } from './platform/pagination.ts'
import { createSigning } from './platform/signing.ts'
import { createTelemetry } from './platform/telemetry.ts'

export const OPENAPI_FILE = path.join(import.meta.dirname, 'openapi.json')

/** The OpenAPI document of the routes as they are, as text. Needs no server: nothing is connected. */
export async function openapiText(): Promise<string> {
  const database = openDatabase({ url: 'postgres://nowhere', applicationName: 'openapi' })
  const telemetry = createTelemetry()
  const deaf = { ...database, listen: async () => ({ close: async () => {} }) } // hears nothing: nobody will ask
  const [hub, credentials] = [await openEventHub(deaf), await openCredentials({ database: deaf, clock: systemClock })]
  const logger = createLogger({ level: 'silent', process: 'openapi' })
  const { app } = await assemble({
    database,
    cursors: createCursors(new Uint8Array(32)),
    signing: createSigning({ key: new Uint8Array(32), clock: systemClock }),
    clock: systemClock,
    logger,
    telemetry,
    credentials,
    signInWith: null,
    sessionTimes: { longestSeconds: 1, idleSeconds: 1 },
    authFailures: { count: 1, windowMs: 1 },
    trustedProxies: [],
    hub,
    checks: [],
    approvalMs: 1,
    kubeconfigSeconds: 1,
    quoteMs: 1,
    soakMinutes: 1,
    publicUrl: 'http://127.0.0.1:7400',
    sealingKey: new Uint8Array(32),
  })
  await app.ready()
  const text = `${JSON.stringify(app.swagger(), null, 2)}\n`
  await app.close()
  await credentials.close()
  await telemetry.close()
  await database.close()
  return text
}

if (import.meta.main) {
  const text = await openapiText()
  const before = await readFile(OPENAPI_FILE, 'utf8').catch(() => '')
  if (text !== before) await writeFile(OPENAPI_FILE, text)
  console.log(text === before ? 'openapi.json is up to date' : 'openapi.json written')
}
