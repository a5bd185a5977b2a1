import { expect, test } from 'vitest'
import { findAccount } from './account.ts'

const passwd = 'root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash\n'

test('an account is found by its whole name', () => {
  expect(findAccount(passwd, 'postgres')).toEqual({ name: 'postgres', uid: 101, gid: 104 })
  expect(findAccount(passwd, 'postgre')).toBeUndefined()
})
