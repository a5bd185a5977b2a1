import type { Provider } from '@pulumi/pulumi/provider/index.js'
import {
  endResource,
  isUnfinished,
  kindOf,
  makeResource,
  readResource,
  type ActContext,
  type Properties,
} from './acts.ts'
import { codedError } from './coded-error.ts'
import { differenceOf, faultsOf, raised } from './local-kinds.ts'
import type { TargetClient } from './target-client.ts'

export type ProviderOptions = {
  client: TargetClient
  /** Told in a few words what is waited for. */
  say: (message: string) => void
  /** Milliseconds to wait for one resource, where not its kind is to say. */
  withinMs?: number
}

/** Every error leaves with its code in front. */
const telling =
  <A extends unknown[], T>(act: (...args: A) => Promise<T>) =>
  (...args: A): Promise<T> =>
    act(...args).catch((error: unknown) => {
      throw codedError(error)
    })

/**
 * Resources of an estate for the engine. Each act may be repeated after a crash at any moment: the name decides which resource
 * it is, and the target refuses what another stack owns.
 */
export function stewardProvider({ client, say, withinMs }: ProviderOptions): Provider {
  const ending = new AbortController()
  const context: ActContext = {
    client,
    say,
    signal: ending.signal,
    withinMs: (kind) => withinMs ?? kind.withinMs,
  }
  return {
    version: '1.0.0',
    check: telling(async (urn: string, olds: Properties, news: Properties) => ({
      inputs: raised(kindOf(urn), olds, news),
      failures: [...faultsOf(kindOf(urn), news)],
    })),
    diff: telling(async (_id: string, urn: string, olds: Properties, news: Properties) => {
      const { changed, replaces } = differenceOf(kindOf(urn), olds, news)
      // names and ports are taken until the former one is gone
      return { changes: changed.length > 0 || isUnfinished(olds), replaces: [...replaces], deleteBeforeReplace: true }
    }),
    create: telling((urn: string, inputs: Properties) => makeResource(urn, inputs, context)),
    update: telling((_id: string, urn: string, _olds: Properties, news: Properties) =>
      makeResource(urn, news, context),
    ),
    read: telling((id: string, urn: string, properties: Properties = {}) => readResource(id, urn, properties, context)),
    delete: telling((id: string, urn: string) => endResource(id, urn, context)),
    async cancel() {
      ending.abort()
    },
  }
}
