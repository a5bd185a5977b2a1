import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import Fastify from 'fastify'
import { Problem } from '../../control-plane/domain/problem.ts'
import { credentialPaths } from '../../stacks/local/credentials/paths.ts'
import { estateProblems } from '../../stacks/local/estate.errors.ts'
import { openHome } from '../../stacks/local/home.ts'
import { portsFrom } from '../../stacks/local/ports.ts'
import { databaseAccount } from '../../stacks/process/account.ts'
import type { ResourceContext, ResourceKind } from '../../stacks/local/resources/resource-kind.ts'
import type { EstateContext } from '../../stacks/local/servers/context.ts'
import { freePort } from './postgres.ts'

type Answer = { status: number; code: unknown; field: unknown; text: string; body: Record<string, unknown> }
export type ResourceHost<Inputs> = Awaited<ReturnType<typeof resourceHost<Inputs>>>

const silent = () => undefined

/** A real home of an estate in which nothing runs; enough for kinds that need none of its tools. */
export async function emptyEstate(home: string, { throwAway = false } = {}): Promise<EstateContext> {
  const { paths, record } = await openHome({ home, throwAway })
  const none = (name: string) => Promise.reject(new Error(`no tools here: ${name}`))
  return {
    paths,
    record,
    ports: portsFrom(record.portBase),
    credentials: credentialPaths(paths.credentials),
    toolchain: { tool: none, folder: none },
    images: [],
    root: '/',
    cache: join(home, 'cache'),
    outside: {},
    containers: undefined,
    databaseAccount: await databaseAccount(),
    podAccount: undefined,
    env: process.env,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  }
}

/** Where one resource of a kind lives in such an estate; each of its ports is a free one, and stays the same. */
export async function resourceContext(
  estate: EstateContext,
  { kind, ports }: Pick<ResourceKind<never>, 'kind' | 'ports'>,
  name: string,
): Promise<ResourceContext> {
  const folder = join(estate.paths.home, 'resources', kind, name)
  const passable = estate.databaseAccount ? 0o711 : 0o700
  await mkdir(folder, { recursive: true, mode: passable })
  const numbers = new Map<string, number>()
  for (const port of ports) numbers.set(port, await freePort())
  const port = (asked: string) => {
    const number = numbers.get(asked)
    if (number === undefined) throw new Error(`${kind} did not ask for a port ${asked}`)
    return number
  }
  return { ...estate, name, folder, port }
}

/** Resources of one kind without a daemon: made through the kind's own seam, its routes served on loopback. */
export async function resourceHost<Inputs>(kind: ResourceKind<Inputs>, folder: string) {
  const estate = await emptyEstate(join(folder, 'home'))
  const there = new Map<string, { inputs: Inputs; at: ResourceContext }>()
  const get = (name: string) => {
    const found = there.get(name)
    if (found) return found
    throw estateProblems['resource.unknown']()
  }
  const app = Fastify({ logger: false, forceCloseConnections: true })
  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof Problem)) return reply.send(error)
    const { code, title, detail, extra } = error
    return reply.code(error.status).send({ ...extra, code, title, detail })
  })
  await app.register(async (scope) => kind.routes?.(scope, async (name) => get(name)), {
    prefix: `/resources/${kind.kind}/:name`,
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    url,
    close: () => app.close(),
    context: (name: string) => get(name).at,
    async put(name: string, inputs: unknown) {
      const parsed = kind.parse(inputs)
      const at = there.get(name)?.at ?? (await resourceContext(estate, kind, name))
      await kind.prepare?.(parsed, at)
      there.set(name, { inputs: parsed, at })
    },
    observe: (name: string) => kind.observe(get(name).inputs, get(name).at, AbortSignal.timeout(20_000)),
    outputs: (name: string) => kind.outputs(get(name).inputs, get(name).at),
    async remove(name: string) {
      await rm(get(name).at.folder, { recursive: true })
      there.delete(name)
    },
    async post(name: string, path: string, body: unknown): Promise<Answer> {
      const answer = await fetch(`${url}/resources/${kind.kind}/${name}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const text = await answer.text()
      const parsed = JSON.parse(text) as Record<string, unknown> // whatever it is: looked at by its fields
      return { status: answer.status, code: parsed['code'], field: parsed['field'], text, body: parsed }
    },
  }
}
