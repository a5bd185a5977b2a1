import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { buildProgram } from './program.ts'

/** Every operation of the document can be asked for with everything that it takes: a new route without a command fails here. */
type Schema = { properties?: Record<string, Schema>; anyOf?: Schema[]; $ref?: string }
type Operation = {
  operationId: string
  parameters?: { in: string; name: string }[]
  requestBody?: { content: { 'application/json': { schema: Schema } } }
}
type Document = { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Schema> } }

const here = import.meta.dirname
const document = JSON.parse(readFileSync(path.join(here, '../openapi.json'), 'utf8')) as Document // the shape of every OpenAPI document
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))
const sources = globSync('**/*.ts', { cwd: here })
  .filter((file) => !/[.](test|it)[.]ts$/.test(file))
  .map((file) => readFileSync(path.join(here, file), 'utf8'))

/** Asked by probes and scrapers, which speak HTTP and have no token; for people there is `npm run estate -- status`. */
const FOR_MACHINES: readonly string[] = ['getLiveness', 'getReadiness', 'getMetrics']

/** Where browsers go and come back to, and what links open; a command line signs in by device code. */
const FOR_BROWSERS: readonly string[] = [
  'startSignIn',
  'finishSignIn',
  'getOperationStatus',
  'showHandOff',
  'openHandOff',
]

/** A client function is used when a source imports it from the generated client and names it once more. */
const uses = (name: string) =>
  sources.some((text) => {
    const imports = [...text.matchAll(/import \{([^}]*)\} from '[^']*\/generated\/sdk\.gen\.ts'/g)].map(
      ([, names]) => names ?? '',
    )
    const imported = imports.some((names) => names.split(',').some((one) => one.trim() === name))
    return imported && (text.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length > 1
  })

test('every operation of the API is reachable from the command line', () => {
  const missing = operations
    .map(({ operationId }) => operationId)
    .filter((name) => !uses(name) && ![...FOR_MACHINES, ...FOR_BROWSERS].includes(name))
  expect(missing).toEqual([])
  expect(operations.length).toBeGreaterThan(20)
  expect([uses('inventTenant'), uses('getMetrics')]).toEqual([false, false])
})

/** Where each operation that takes more than a name is asked for. */
const COMMANDS: Readonly<Record<string, string>> = {
  listPlans: 'plans list',
  listRegions: 'regions list',
  listUnits: 'units list',
  deployUnit: 'units deploy',
  reconcileUnit: 'units reconcile',
  backupUnit: 'units backup',
  listBackups: 'units backups',
  rotateStackKey: 'units rotate-key',
  listOrphans: 'orphans list',
  keepOrphan: 'orphans keep',
  listProducts: 'products list',
  registerProduct: 'products register',
  addProductVersion: 'products add-version',
  createCell: 'cells create',
  listCells: 'cells list',
  retireCell: 'cells retire',
  createQuote: 'quotes create',
  listQuotes: 'quotes list',
  createTenant: 'tenants create',
  listTenants: 'tenants list',
  updateTenant: 'tenants update',
  suspendTenant: 'tenants suspend',
  resumeTenant: 'tenants resume',
  decommissionTenant: 'tenants decommission',
  adoptTenant: 'tenants adopt',
  moveTenant: 'tenants move',
  listMoves: 'moves list',
  retireMove: 'moves retire',
  abortMove: 'moves abort',
  handOffTenant: 'tenants hand-off',
  extendTrial: 'tenants extend-trial',
  exportTenant: 'tenants export',
  listExports: 'exports list',
  holdTenant: 'tenants hold',
  listHolds: 'tenants holds',
  releaseHold: 'tenants release-hold',
  createKubeconfig: 'tenants kubeconfig',
  listOperations: 'operations list',
  cancelOperation: 'operations cancel',
  retryOperation: 'operations retry',
  planChange: 'operations plan',
  approveOperation: 'operations approve',
  rejectOperation: 'operations reject',
  watchOperation: 'operations watch',
  shareOperation: 'operations share',
  listShares: 'operations shares',
  attestUnit: 'units attest',
  checkUnit: 'products check',
  listEvidence: 'evidence list',
  listAuditEvents: 'audit list',
  listAuditCheckpoints: 'audit checkpoints',
  exportAudit: 'audit export',
  eraseAuditPersonal: 'audit erase',
  rotateSigningKey: 'keys rotate',
  createOperator: 'operators create',
  listOperators: 'operators list',
  disableOperator: 'operators disable',
  enableOperator: 'operators enable',
  setOperatorRole: 'operators set-role',
  createToken: 'tokens create',
  listTokens: 'tokens list',
  listSessions: 'sessions list',
  askDeviceSignIn: 'login',
}
/** Kept by the command line itself: it reads page after page, resumes a broken stream, remembers its sign-in. */
const BY_ITSELF: readonly string[] = ['cursor', 'last-event-id', 'secret']
/** Lists that are short by nature are always shown whole. */
const WHOLE: readonly string[] = ['listPlans limit', 'listRegions limit', 'listProducts limit']

const resolved = (schema: Schema): Schema => {
  if (schema.$ref !== undefined) return resolved(document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {})
  return schema.anyOf?.map(resolved).find(({ properties }) => properties !== undefined) ?? schema
}
/** Names of what can be given; of an object inside the body its members. */
const leavesOf = (schema: Schema): string[] =>
  Object.entries(resolved(schema).properties ?? {}).flatMap(([name, inner]) => {
    const deeper = leavesOf(inner)
    return deeper.length > 0 ? deeper : [name]
  })
const namesOf = ({ parameters = [], requestBody }: Operation): string[] => [
  ...parameters.filter(({ in: where }) => where !== 'path').map(({ name }) => name),
  ...(requestBody ? leavesOf(requestBody.content['application/json'].schema) : []),
]
const kebab = (name: string) =>
  name.replace(/(Ms|Seconds)$/, '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const program = buildProgram({ env: {}, print: () => {}, note: () => {}, input: async () => '', terminal: null })
const commandAt = (line: string): Command | undefined =>
  line
    .split(' ')
    .reduce<Command | undefined>((at, name) => at?.commands.find((child) => child.name() === name), program)
/** What a command takes: its arguments and long options. */
const takenBy = (command: Command): string[] => [
  ...command.registeredArguments.map((argument) => argument.name()),
  ...command.options.map(({ long }) => long?.slice(2) ?? ''),
]

test.each(
  operations
    .filter((operation) => namesOf(operation).length > 0 && !FOR_BROWSERS.includes(operation.operationId))
    .map((operation) => [operation.operationId, operation] as const),
)('%s can be asked with everything that it takes', (operationId, operation) => {
  const command = commandAt(COMMANDS[operationId] ?? '')
  if (command === undefined) throw new Error(`name the command of ${operationId} in this test`)
  const wanted = namesOf(operation).filter(
    (name) => !BY_ITSELF.includes(name) && !WHOLE.includes(`${operationId} ${name}`),
  )
  expect(takenBy(command)).toEqual(expect.arrayContaining(wanted.map(kebab)))
})
