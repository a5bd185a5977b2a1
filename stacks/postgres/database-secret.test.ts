import { expect, test } from 'vitest'
import { unitNames } from '../../control-plane/domain/naming.ts'
import { makeDatabaseSecret, passwordsIn } from './database-secret.ts'

test('the Secret holds one URL per login, each with a password of its own that can be read back', () => {
  const secret = makeDatabaseSecret({ host: '127.0.0.1', port: 7411 }, unitNames('cell', 'one-a'))
  const { app, owner, copy } = passwordsIn(secret)
  expect(secret).toEqual({
    DATABASE_URL: `postgres://cell_one_a_app:${app}@127.0.0.1:7411/cell_one_a`,
    MIGRATION_DATABASE_URL: `postgres://cell_one_a_owner:${owner}@127.0.0.1:7411/cell_one_a`,
    COPY_DATABASE_URL: `postgres://cell_one_a_copy:${copy}@127.0.0.1:7411/cell_one_a`,
  })
  expect(new Set([app, owner, copy]).size).toBe(3)
})

test('a Secret without a password is refused by the name of its key', () => {
  expect(() => passwordsIn({ DATABASE_URL: 'postgres://nobody@host/x' })).toThrow('DATABASE_URL')
})
