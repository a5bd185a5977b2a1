import type { Actor } from '../../platform/auth.ts'
import type { Database } from '../../platform/database.ts'
import { idempotent, type Answer, type Idempotency } from '../../platform/idempotency.ts'
import type { Accepted } from '../../platform/schemas.ts'
import { askToRotate, type AskDeps } from './stack-keys.ask.ts'

type Deps = AskDeps & { database: Pick<Database, 'transaction'> }
export type StackKeysService = {
  /** Asks for a new generation of a stack's key. Throws `unit.not-found` and what `askToRotate` throws. */
  rotate: (
    actor: Actor,
    idempotency: Idempotency,
    reference: string,
  ) => Promise<Answer<Accepted> & { replayed: boolean }>
}

/** Keys of dedicated stacks. */
export const stackKeysService = ({ database, ...asks }: Deps): StackKeysService => ({
  rotate: (actor, { key, fingerprint }, reference) =>
    database.transaction((tx) =>
      idempotent(tx, actor, key, fingerprint, async (): Promise<Answer<Accepted>> => {
        const accepted = await askToRotate(asks, tx, await asks.findUnit(tx, reference), actor)
        return { status: 202, headers: { location: `/v1/operations/${accepted.operationId}` }, body: accepted }
      }),
    ),
})
