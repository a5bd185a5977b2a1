import type { ProductServer, Statements } from '../../stacks/postgres/product-server.ts'

/** What only looks leaves nothing behind: dying there is dying before the next act. */
const LOOKS = /^(look|read|describe|list|count|set up|bound|sum up|begin|lock|raise|keep|release|wait|end$)/

/** A process that is to die at one of its acts: of all that it does through `wrap`ped servers from then on, nothing is sent. */
export type Doom = {
  wrap: (server: ProductServer) => ProductServer
  /** What it was about to do, or had just done, when it died; undefined while it lives. */
  died: () => string | undefined
}

/**
 * Dies at the first act that is not among those `survived` (as `before …` and `after …`): before it is sent, or after it was done and
 * before anybody heard of it. `at` is done at that moment, for example to kill a server instead of the process: then the process lives on.
 */
export function doomed(survived: Pick<ReadonlySet<string>, 'has'>, at?: () => Promise<void>): Doom {
  let died: string | undefined
  const strike = async (moment: string) => {
    if (died !== undefined || survived.has(moment)) return
    died = moment
    if (!at) throw new Error('dead')
    await at()
  }
  const act = async <T>(what: string, send: () => Promise<T>): Promise<T> => {
    if (died !== undefined && !at) throw new Error('dead')
    if (LOOKS.test(what)) return send()
    await strike(`before ${what}`)
    const result = await send()
    await strike(`after ${what}`)
    return result
  }
  const statements = ({ run, count }: Statements): Statements => ({
    run: (what, text, values) => act(what, () => run(what, text, values)),
    count: (what, text, values) => act(what, () => count(what, text, values)),
  })
  return {
    wrap: (server) => ({
      ...server,
      session: (database, work) => server.session(database, (on, lost) => work(statements(on), lost)),
    }),
    died: () => died,
  }
}
