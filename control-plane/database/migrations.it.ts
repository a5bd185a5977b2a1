import { expect, test } from 'vitest'
import { emptyDatabase } from '../../test/support/database.ts'
import { withClient } from '../../test/support/postgres.ts'
import { migrate } from './migrations.ts'

test('twenty migrators at once leave one schema and no error', async () => {
  const database = await emptyDatabase()
  try {
    await withClient(database.url(), (client) =>
      client.query(
        'grant create on schema public to steward_owner; grant create on database ' +
          database.name +
          ' to steward_owner',
      ),
    )
    const runs = await Promise.all(Array.from({ length: 20 }, () => migrate(database.url('steward_owner'))))
    expect(runs.filter((ran) => ran.length > 0)).toHaveLength(1)
    expect(await migrate(database.url('steward_owner'))).toEqual([])
  } finally {
    await database.drop()
  }
})
