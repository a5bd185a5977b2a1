import { expect, test } from 'vitest'
import { rewritePath } from './mount-paths.ts'

const mounts = [
  { mountPath: '/etc/app', realPath: '/real/app' },
  { mountPath: '/etc/app/secret/', realPath: '/real/secret' },
]

test.each([
  ['/etc/app', '/real/app'],
  ['/etc/app/tenants.json', '/real/app/tenants.json'],
  ['/etc/app/secret', '/real/secret'],
  ['/etc/app/secret/key', '/real/secret/key'],
])('%s is told as %s', (value, real) => {
  expect(rewritePath(value, mounts)).toBe(real)
})

test.each(['/etc/application', '/etc', 'x/etc/app', '--file=/etc/app/x', ''])('%j stays as it is', (value) => {
  expect(rewritePath(value, mounts)).toBe(value)
})
