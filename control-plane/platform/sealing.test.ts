import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { seal, sealingKey, unseal } from './sealing.ts'

const key = randomBytes(32)
const plain = Buffer.from('a private key')

test('what is sealed opens with the same key in the same context and shows nothing of itself', () => {
  const sealed = seal(key, 'here', plain)
  expect(unseal(key, 'here', sealed)).toEqual(plain)
  expect(sealed.includes(plain)).toBe(false)
  expect(seal(key, 'here', plain)).not.toEqual(sealed)
})

test('another key, another context, a changed byte or a cut does not open it', () => {
  const sealed = seal(key, 'here', plain)
  expect(unseal(randomBytes(32), 'here', sealed)).toBeUndefined()
  expect(unseal(key, 'there', sealed)).toBeUndefined()
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(unseal(key, 'here', changed)).toBeUndefined()
    expect(unseal(key, 'here', sealed.subarray(0, at))).toBeUndefined()
  }
})

test('the key of the configuration is 256 bits', () => {
  expect(sealingKey(key.toString('base64url'))).toEqual(key)
})
