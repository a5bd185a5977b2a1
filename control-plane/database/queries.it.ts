import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { Client } from 'pg'
import { Type, type TSchema } from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../../test/support/database.ts'
import { describeStatement, type Described } from '../../test/support/describe-statement.ts'
import { declaredQueries, type AnyQuery } from '../platform/query.ts'
import { sql } from '../platform/sql.ts'

const ROOT = path.join(import.meta.dirname, '../..')

/** Every source file that declares queries, loaded so that its queries are known. */
async function loadStores(): Promise<string[]> {
  const files = (
    await Promise.all(
      ['control-plane', 'workflows'].map((folder) => readdir(path.join(ROOT, folder), { recursive: true })),
    )
  ).flatMap((names, which) => names.map((name) => path.join(ROOT, ['control-plane', 'workflows'][which] ?? '', name)))
  const sources = files.filter(
    (file) => file.endsWith('.ts') && !/\.(test|it|wf|e2e)\.ts$/.test(file) && !file.includes('/client/generated/'),
  )
  const declaring: string[] = []
  for (const file of sources) {
    const text = await readFile(file, 'utf8')
    if (/import \{[^}]*\bquery\b[^}]*\} from '[^']*\/query\.ts'/.test(text)) declaring.push(file)
  }
  await Promise.all(declaring.map((file) => import(file)))
  return declaring
}
const files = await loadStores()
const queries = declaredQueries()

let database: TestDatabase
let client: Client
beforeAll(async () => {
  database = await testDatabase()
  client = new Client({ connectionString: database.url('steward_owner') })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

/** PostgreSQL's types by what our rows call them (pg_type.dat; these numbers never change). */
const OIDS = {
  boolean: [16],
  bytea: [17],
  text: [25, 1043, 19],
  integer: [20, 21, 23],
  number: [700, 701],
  timestamp: [1184],
  uuid: [2950],
  json: [114, 3802],
  textArray: [1009, 1015],
  numberArray: [1021, 1022],
  integerArray: [1005, 1007, 1016],
  byteaArray: [1001],
  uuidArray: [2951],
} as const
type Kind = keyof typeof OIDS
const ARRAYS: readonly Kind[] = ['textArray', 'numberArray', 'integerArray', 'byteaArray', 'uuidArray']

type Loose = TSchema & {
  type?: string
  format?: string
  enum?: unknown[]
  anyOf?: Loose[]
  items?: Loose
  const?: unknown
  'x-postgres'?: Kind
}

/** What a column may be so that its values satisfy the schema. */
function kindsOf(schema: Loose): readonly Kind[] {
  if (schema['x-postgres'] !== undefined) return [schema['x-postgres']]
  if (schema.anyOf) return [...new Set(schema.anyOf.filter(({ type }) => type !== 'null').flatMap(kindsOf))]
  if (schema.enum || schema.const !== undefined) return ['text']
  if (schema.type === 'string')
    return schema.format === 'uuid' ? ['uuid'] : schema.format === 'date-time' ? ['timestamp'] : ['text', 'uuid']
  if (schema.type === 'array')
    return [
      'json',
      ...kindsOf(schema.items ?? {}).map((kind): Kind => ARRAYS.find((array) => array === `${kind}Array`) ?? 'json'),
    ]
  if (schema.type === 'integer' || schema.type === 'number' || schema.type === 'boolean')
    return schema.type === 'number' ? ['number', 'integer'] : [schema.type]
  return ['json']
}

/** What a parameter may be so that pg sends such a value as it is meant. */
function takes(value: unknown): readonly Kind[] {
  if (typeof value === 'number') return ['integer', 'number']
  if (typeof value === 'boolean') return ['boolean']
  if (Buffer.isBuffer(value)) return ['bytea']
  if (Array.isArray(value)) return ARRAYS
  return ['text', 'uuid', 'timestamp', 'json', 'integer', 'bytea']
}

function complaints({ row, statement }: AnyQuery, { parameters, columns }: Described): string[] {
  const found: string[] = []
  const { values } = statement()
  if (values.length !== parameters.length) found.push(`has ${values.length} values for ${parameters.length} parameters`)
  values.forEach((value, index) => {
    const type = parameters[index] ?? 0
    if (value === undefined) found.push(`$${index + 1} is undefined: pg would send null`)
    else if (value !== null && !takes(value).some((kind) => (OIDS[kind] as readonly number[]).includes(type)))
      found.push(`$${index + 1} is ${typeof value}, the server wants type ${type}`)
  })
  const properties = (row as TSchema & { properties: Record<string, Loose> }).properties // every row is an object
  const [wanted, given] = [Object.keys(properties).toSorted(), columns.map(({ name }) => name).toSorted()]
  if (wanted.join() !== given.join()) found.push(`columns are ${given.join(', ')}; the row says ${wanted.join(', ')}`)
  for (const { name, type } of columns) {
    const schema = properties[name]
    if (schema && !kindsOf(schema).some((kind) => (OIDS[kind] as readonly number[]).includes(type)))
      found.push(`${name} has type ${type}, the row wants ${kindsOf(schema).join(' or ')}`)
  }
  return found
}

test('every store was found', () => {
  expect(files.length).toBeGreaterThan(5)
  expect(queries.length).toBeGreaterThan(30)
})

test.each(queries.map((declared) => [declared.name, declared] as const))(
  '%s: the migrated database takes its parameters and gives its rows',
  async (_name, declared) => {
    expect(complaints(declared, await describeStatement(client, declared.statement().text))).toEqual([])
  },
)

test.each([
  ['a column that is not there', Type.Object({ colour: Type.String() }), sql`select colour from plans`, /colour/],
  [
    'a column the row does not name',
    Type.Object({ name: Type.String() }),
    sql`select name, title from plans`,
    /columns are name, title/,
  ],
  [
    'a column of another type',
    Type.Object({ generation: Type.String() }),
    sql`select generation from plans`,
    /generation has type 20/,
  ],
  [
    'a number where text belongs',
    Type.Object({ name: Type.String() }),
    sql`select name from plans where name = ${1}`,
    /\$1 is number/,
  ],
  [
    'a missing value',
    Type.Object({ name: Type.String() }),
    sql`select name from plans where name = ${undefined}`,
    /undefined/,
  ],
])('%s would be found', async (_what, row, statement, message) => {
  const found = await describeStatement(client, statement.text).then(
    (described) => complaints({ name: 'x', row, statement: () => statement }, described),
    (error: unknown) => [String(error)],
  )
  expect(found.join()).toMatch(message)
})
