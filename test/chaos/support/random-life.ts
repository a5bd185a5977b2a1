import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { TestEstate } from '../../support/estate.ts'
import { withClient } from '../../support/postgres.ts'
import { kill } from './daemon.ts'
import { type Asked, judgeRandomLife } from './random-judgement.ts'
import { numbersOf, wisher } from './random-wishes.ts'

/** `own`: so many of the tenants are private. */
export type RandomLife = {
  seed: number
  operations: number
  tenants: number
  own: number
  kills: number
  cells: readonly string[]
}
export type Told = { accepted: number; refused: number; killed: string[]; outcomes: Record<string, number> }

const LANES = 8
/**
 * So many operations wait or run at once: wishes come faster than a busy machine fulfils them, and a queue of hundreds behind a few
 * attestations is still full when the patience at the end is over.
 */
const MOST_OPEN = 40
/** So many refusals for each operation that is wanted: most wishes about a tenant that has left are refused. */
const TRIES = 10
/** What dies: the plane, what it stands on, and what it acts on. */
const MORTAL = ['worker', 'api', 'temporal', 'plane-db', 'products-db', 'etcd', 'kube-apiserver'] as const

/**
 * Random wishes about some tenants and their units from several lanes at once, while servers are killed at random; then waits for
 * the end of everything and returns what contradicts the model, and what happened.
 */
export async function liveAtRandom(its: TestEstate, life: RandomLife): Promise<{ wrong: string[]; told: Told }> {
  const random = numbersOf(life.seed) // when, and who dies; what is wished goes by its own, so that it is the same each time
  const names = Array.from({ length: life.tenants }, (_, index) => `r${life.seed % 1000}-${index}`)
  const wish = wisher(numbersOf(life.seed + 1), {
    own: names.slice(0, life.own),
    shared: names.slice(life.own),
    cells: life.cells,
  })
  const asked: Asked[] = []
  const killed: string[] = []
  let refused = 0
  const done = () => asked.length >= life.operations || refused >= TRIES * life.operations
  /** By what was accepted, and nobody asks for more before: a fast machine is through with all wishes before a second kill. */
  const due = () =>
    killed.length < life.kills && asked.length >= ((killed.length + 1) * life.operations) / (life.kills + 1)
  const openOperations = await counting(its)
  const lane = async () => {
    while (!done()) {
      if (due() || (await openOperations()) >= MOST_OPEN) {
        await pause(100)
        continue
      }
      const { kind, name, ask } = wish()
      const { status, body } = await ask(its)
      if (status === 202)
        asked.push({ name, kind, operationId: String(body['operationId']), merged: body['merged'] === true })
      else refused += 1
      await pause(random() * 200)
    }
  }
  const reaper = async () => {
    while (!done() && killed.length < life.kills) {
      await pause(random() * 500)
      if (!due()) continue
      const server = MORTAL[Math.floor(random() * MORTAL.length)] ?? 'worker'
      killed.push(server)
      await kill(its.estate, server).catch(() => {}) // it may be down already
    }
  }
  await Promise.all([...Array.from({ length: LANES }, lane), reaper()])
  const { wrong, outcomes } = await judgeRandomLife(its, asked)
  return { wrong, told: { accepted: asked.length, refused, killed, outcomes } }
}

/** How many operations have not ended, as the database last said: it is among what dies. */
async function counting(its: TestEstate): Promise<() => Promise<number>> {
  const url = (await readFile(its.estate.credentials.url('plane-owner'), 'utf8')).trim()
  let seen = 0
  return async () => {
    const count = 'select count(*)::int as open from operations where finished_at is null'
    const found = await withClient(url, (client) => client.query<{ open: number }>(count)).catch(() => undefined)
    seen = found?.rows[0]?.open ?? seen
    return seen
  }
}
