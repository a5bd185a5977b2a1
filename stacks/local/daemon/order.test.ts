import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inOrder, reversed, startOrder } from './order.ts'

const servers = [
  { name: 'api', needs: ['migrate', 'temporal'] },
  { name: 'migrate', needs: ['db'] },
  { name: 'db', needs: [] },
  { name: 'temporal', needs: [] },
]

test('a server comes after everything it needs', () => {
  const order = startOrder(servers)
  for (const { name, needs } of servers)
    for (const need of needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(name))
})

test('servers that need each other, or something missing, are refused by name', () => {
  const circle = [
    { name: 'a', needs: ['b'] },
    { name: 'b', needs: ['a'] },
  ]
  expect(() => startOrder(circle)).toThrow('a → b → a')
  expect(() => startOrder([{ name: 'a', needs: ['nobody'] }])).toThrow('a needs nobody')
})

test('nothing begins behind a failure, and what does not need it begins', async () => {
  const begun: string[] = []
  const outcomes = inOrder(servers, async (name) => {
    begun.push(name)
    if (name === 'migrate') throw new Error('no')
  })
  await expect(outcomes.get('api')).rejects.toThrow('no')
  await outcomes.get('temporal')
  expect(begun.toSorted()).toEqual(['db', 'migrate', 'temporal'])
})

test('whatever the needs, each ends after all that need it', async () => {
  // Needs point to lower numbers only, so that any such list can be started.
  const lists = fc.array(fc.array(fc.nat(20), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(lists, async (raw) => {
      const all = raw.map((needs, index) => ({
        name: `s${index}`,
        needs: index === 0 ? [] : [...new Set(needs.map((need) => `s${need % index}`))],
      }))
      const ended: string[] = []
      await Promise.all(inOrder(reversed(all), async (name) => void ended.push(name)).values())
      for (const { name, needs } of all)
        for (const need of needs) expect(ended.indexOf(name)).toBeLessThan(ended.indexOf(need))
      expect(ended).toHaveLength(all.length)
    }),
  )
})
