import { createCell, type TestEstate } from '../../support/estate.ts'

const TENANTS = 4

export type Noise = {
  /** Ends it; says how many operations had succeeded. */
  stop: () => Promise<number>
}

/** Tenants of a full cell that are suspended and resumed without end: work for every relay and worker beside what is looked at. */
export async function makeNoise({ plane }: TestEstate, prefix: string): Promise<Noise> {
  const ask = async (path: string, body?: object): Promise<void> => {
    const answer = await plane.call('POST', path, body === undefined ? {} : { body })
    if (answer.status !== 202) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    await plane.settle(String(answer.body['operationId']))
  }
  await createCell(plane, `${prefix}-cell`, { tenants: TENANTS, requestsPerSecond: 10_000 })
  const slugs = Array.from({ length: TENANTS }, (_, n) => `${prefix}-${n}`)
  await Promise.all(slugs.map((slug) => ask('/v1/tenants', { slug, plan: 'starter-shared' })))
  const stopping = new AbortController()
  let done = 0
  const lane = async (slug: string): Promise<void> => {
    while (!stopping.signal.aborted) {
      await ask(`/v1/tenants/${slug}/suspend`)
      await ask(`/v1/tenants/${slug}/resume`)
      done += 2
    }
  }
  const running = Promise.all(slugs.map(lane))
  return {
    async stop() {
      stopping.abort()
      await running
      return done
    },
  }
}
