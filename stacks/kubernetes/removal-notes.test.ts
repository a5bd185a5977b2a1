import { expect, test } from 'vitest'
import { withNote } from './removal-notes.ts'

const now = new Date('2026-11-28T12:00:00Z')

test('a removal replaces the note of an earlier one of the same', () => {
  expect(withNote({ a: '4 2026-11-27', b: '5 2026-11-27' }, 'a', 9, now)).toEqual({
    a: '9 2026-11-28',
    b: '5 2026-11-27',
  })
})

test('notes are kept for thirty days and go with the next removal', () => {
  const notes = { old: '4 2026-10-28', kept: '5 2026-10-29' }
  expect(withNote(notes, 'a', 9, now)).toEqual({ kept: '5 2026-10-29', a: '9 2026-11-28' })
})
