import { expect, test } from 'vitest'
import { clockFinding } from './clock.ts'
import { versionFinding } from './cluster-checks.ts'
import { look, renderFindings } from './finding.ts'

const NOW = Date.parse('2026-11-28T00:00:00Z')
const skewed = (ms: number) => clockFinding('clock', NOW + ms, NOW)

test('a clock may be a few seconds off, and is named with its distance when it is further', () => {
  expect(skewed(900)).toEqual({ what: 'clock', found: 'as here' })
  expect(skewed(-4000)).toEqual({ what: 'clock', found: '4.0 s behind this machine' })
  expect(skewed(61_000)).toEqual({
    what: 'clock',
    found: '61.0 s ahead of this machine',
    fix: 'let both machines keep time by NTP',
  })
})

test('what cannot be looked at is a fault, with the first line of why', async () => {
  const findings = await look('thing', 'mend it', async () => {
    throw new Error('it is away\nwith a secret')
  })
  expect(renderFindings(findings)).toEqual(['MISSING  thing: cannot be looked at: it is away', '         → mend it'])
})

test('a cluster too old is named with the version it needs', () => {
  const seen = (minor: string) => versionFinding({ gitVersion: `v1.${minor}`, major: '1', minor }).fix
  expect(seen('27+')).toBe('upgrade the cluster to 1.30 or newer')
  expect([seen('30'), seen('35+')]).toEqual([undefined, undefined])
  expect(versionFinding({ gitVersion: 'v2.0', major: '2', minor: '0' }).fix).toBeUndefined()
})
