import { expect, test } from 'vitest'
import { scramVerifier, verifies } from './scram.ts'

test('a verifier is of its password and of no other, and says nothing of it', () => {
  const verifier = scramVerifier('correct-horse')
  expect(verifier).toMatch(/^SCRAM-SHA-256\$4096:[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}$/)
  expect(verifier).not.toContain('correct-horse')
  expect(verifies(verifier, 'correct-horse')).toBe(true)
  expect(verifies(verifier, 'correct-horsf')).toBe(false)
  expect(scramVerifier('correct-horse')).not.toBe(verifier)
})

test('what is no verifier verifies nothing', () => {
  for (const text of [null, '', 'md5aabbcc', 'SCRAM-SHA-256$4096']) expect(verifies(text, 'x')).toBe(false)
})

test('a password that would need normalising is refused without being quoted', () => {
  for (const password of ['', 'with space', 'pässword'])
    expect(() => scramVerifier(password)).toThrow(/^a database password must be/)
})
