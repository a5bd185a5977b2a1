import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { isGoEnough, parseGoVersion } from './go.ts'
import { cacheFolder } from './locate.ts'
import { buildArguments, PARTS, type Part } from './parts.ts'
import { formatSeconds, renderToolchainEvent } from './progress.ts'

const part = (name: string): Part => {
  const found = PARTS.find((each) => each.name === name)
  if (!found) throw new Error(name)
  return found
}

test('kubernetes is stamped with its version, or its servers would report v0.0.0', () => {
  const line = buildArguments(part('kubernetes'), '/out').join(' ')
  expect(line).toContain('-X k8s.io/component-base/version.gitVersion=v1.35.4')
  expect(line).toContain('version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=35')
  expect(line).toContain('-o /out/ k8s.io/kubernetes/cmd/kube-apiserver')
})

test('a single tool gets its own name: the etcd package is called server', () => {
  expect(buildArguments(part('etcd'), '/out')).toEqual([
    'build',
    '-trimpath',
    '-ldflags',
    '-s -w',
    '-o',
    '/out/etcd',
    'go.etcd.io/etcd/server/v3',
  ])
})

test('the engine and its library are one version, or they would not speak with each other', async () => {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8')
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> }
  expect(dependencies['@pulumi/pulumi']).toBe(part('pulumi').version)
  expect(buildArguments(part('pulumi'), '/out').join(' ')).toContain(`version.Version=v${part('pulumi').version}`)
})

test('another lock file or flag is another cache folder', () => {
  const folder = cacheFolder('/cache', part('helm'), ['mod', 'sum'])
  expect(folder).toMatch(/^\/cache\/toolchain\/helm-[0-9a-f]{12}$/)
  expect(cacheFolder('/cache', part('helm'), ['mod', 'sum'])).toBe(folder)
  expect(cacheFolder('/cache', part('helm'), ['mod', 'sum2'])).not.toBe(folder)
  expect(cacheFolder('/cache', { ...part('helm'), tags: ['x'] }, ['mod', 'sum'])).not.toBe(folder)
})

test.each([
  ['etcd', 'etcd Version: 3.6.6\nGit SHA: x', true],
  ['etcd', 'etcd Version: 3.6.60', false],
  ['temporal', 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)', true],
  ['temporal', 'temporal version 0.0.0-DEV (Server 1.29.1)', false],
  ['helm', 'v3.19.4+g7cfb6e4', true],
  ['helm', 'v3.19.40', false],
  ['prometheus', 'prometheus, version 3.13.5 (branch: HEAD)', true],
  ['prometheus', 'prometheus, version 2.53.0 (branch: HEAD)', false],
  ['promtool', 'promtool, version 3.13.5 (branch: , revision: unknown)', true],
  ['pulumi', 'v3.250.0', true],
  ['pulumi', 'v3.250.1', false],
  ['pulumi', 'v3.250.0-dev.0', false],
  ['promtool', 'promtool, version  (branch: , revision: unknown)', false],
])('%s on PATH answering %j counts: %s', (name, answer, fits) => {
  const tool = PARTS.flatMap(({ tools }) => tools).find((each) => each.name === name)
  expect(tool?.version.test(answer)).toBe(fits)
})

test('Go is judged by number, not by text', () => {
  expect(parseGoVersion('go version go1.26.8 linux/amd64')).toEqual({ major: 1, minor: 26, text: 'go1.26.8' })
  expect(parseGoVersion('no such thing')).toBeUndefined()
  expect(
    [
      { major: 1, minor: 9 },
      { major: 1, minor: 26 },
      { major: 2, minor: 0 },
    ].map(isGoEnough),
  ).toEqual([false, true, true])
})

test('a line of progress says the part, how long it has taken and what is left', () => {
  const event = { part: 'etcd', version: '3.6.6', usualSeconds: 76, elapsedSeconds: 35 }
  const left = [part('kubernetes'), part('temporal')]
  expect(renderToolchainEvent({ ...event, state: 'building', left })).toBe(
    'toolchain: etcd 3.6.6 building for 35 s, a first build on 2 cores takes about 1 min 16 s; left: kubernetes, temporal (about 10 min 42 s)',
  )
  expect(renderToolchainEvent({ ...event, state: 'built', left: [] })).toBe(
    'toolchain: etcd 3.6.6 built in 35 s; nothing left after it',
  )
  expect(renderToolchainEvent({ ...event, state: 'cached', left })).toBe('toolchain: etcd 3.6.6 in the cache')
  expect([59.6, 60, 3600].map(formatSeconds)).toEqual(['1 min', '1 min', '60 min'])
})
