import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { testServerUrl } from '../../test/support/database.ts'
import { withClient } from '../../test/support/postgres.ts'
import { makeDatabaseSecret, passwordsIn } from './database-secret.ts'
import { listDatabaseTraces } from './postgres-traces.ts'
import { connectProducts, type ProductServer } from './product-server.ts'
import { scratchNames } from './scratch-names.ts'
import { createUnitDatabase, dropUnitDatabase } from './unit-database.ts'

let server: ProductServer
beforeAll(() => {
  server = connectProducts({ url: testServerUrl() })
})
afterAll(() => server?.close())

const root = (statement: string) => withClient(testServerUrl(), (client) => client.query(statement))

test('databases and roles of units and of their checks are found by name, and nothing that is merely called alike', async () => {
  const suffix = `t${randomBytes(4).toString('hex')}`
  const unit = unitNames('instance', suffix)
  const both = [unit, scratchNames(unit)]
  for (const names of both) {
    const secret = makeDatabaseSecret(server.address, names)
    await createUnitDatabase(server, { names, passwords: passwordsIn(secret), epoch: 1 })
  }
  const strangers = [`tenant_reports_${suffix}`, `cellar_${suffix}`]
  for (const name of strangers) await root(`create database "${name}"`)
  await root(`create role "tenant_${suffix}_reader"`)
  try {
    const found = await listDatabaseTraces(server)
    const ours = both.flatMap(({ database, ownerRole, appRole, copyRole }) => [database, ownerRole, appRole, copyRole])
    for (const name of ours) expect(found.find((trace) => trace.name === name)).toMatchObject({ of: [`sql:${name}`] })
    const texts = found.map(({ name }) => name)
    for (const name of [...strangers, `tenant_${suffix}_reader`, 'postgres']) expect(texts).not.toContain(name)
  } finally {
    for (const name of strangers) await root(`drop database "${name}"`)
    await root(`drop role "tenant_${suffix}_reader"`)
    for (const names of both) await dropUnitDatabase(server, { names, epoch: 2 })
  }
  const left = (await listDatabaseTraces(server)).filter(({ name }) => name.includes(suffix))
  expect(left).toEqual([])
})

test('what a move left behind is found with its id, wherever it is', async () => {
  const names = unitNames('instance', `t${randomBytes(4).toString('hex')}`)
  const secret = makeDatabaseSecret(server.address, names)
  await createUnitDatabase(server, { names, passwords: passwordsIn(secret), epoch: 1 })
  const id = '0190d0ec-7f10-7c3c-9f6a-2f1a7e0b6c77'
  const name = `steward_move_${id.replaceAll('-', '')}_out`
  const url = testServerUrl().replace(/\/postgres$/, `/${names.database}`)
  await withClient(url, async (client) => {
    await client.query(`create publication ${name}`)
    await client.query('create publication steward_moves_of_somebody')
    await client.query(
      `create subscription ${name} connection 'host=127.0.0.1 dbname=none' publication p with (connect = false, slot_name = none)`,
    )
  })
  try {
    const found = (await listDatabaseTraces(server)).filter(({ of }) => of.includes(`move:${id.replaceAll('-', '')}`))
    expect(found.map(({ kind, where }) => `${kind} in ${where}`).toSorted()).toEqual([
      `publication in database ${names.database}`,
      'subscription in product database cluster',
    ])
    expect((await listDatabaseTraces(server)).map((trace) => trace.name)).not.toContain('steward_moves_of_somebody')
  } finally {
    await withClient(url, (client) => client.query(`drop subscription ${name}`))
    await dropUnitDatabase(server, { names, epoch: 2 })
  }
})
