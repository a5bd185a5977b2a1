import { expect, test } from 'vitest'
import { claim, orphansAmong, type Known, type Trace } from './orphan.ts'

const known: Known = new Map([
  [claim.unit('u1'), { label: 'cell home (active)', alive: true }],
  [claim.unit('u2'), { label: 'cell gone (retired)', alive: false }],
  [claim.tenant('t1'), { label: 'tenant acme (active)', alive: true }],
  [claim.tenant('t2'), { label: 'tenant globex (decommissioned)', alive: false }],
])
const trace = (name: string, ...of: string[]): Trace => ({ kind: 'Service', name, where: 'namespace x', of })

test('what belongs to something that may be there is no orphan; whoever it was of is said otherwise', () => {
  const found = orphansAmong(
    [
      trace('ours', claim.unit('u1'), claim.tenant('t1')),
      trace('of a removed tenant', claim.unit('u1'), claim.tenant('t2')),
      trace('of a retired unit', claim.unit('u2'), claim.tenant('t2')),
      trace('of nobody', claim.unit('u9')),
    ],
    known,
  )
  expect(found.map(({ name, owner }) => `${name}: ${owner}`)).toEqual([
    'of a removed tenant: tenant globex (decommissioned)',
    'of a retired unit: cell gone (retired), tenant globex (decommissioned)',
    'of nobody: unknown (unit:u9)',
  ])
})

test('a trace that claims nothing is nobody’s business', () => {
  expect(orphansAmong([trace('stranger')], known)).toEqual([])
})
