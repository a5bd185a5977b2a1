import type { AuditAppend } from '../../platform/audit.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Database, Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { accessStore } from './access.store.ts'
import { newToken, tokenHash } from './access.token.ts'

/** Puts a token where its reader finds it, before the transaction that makes it valid commits. */
export type KeepToken = (token: string) => Promise<void>
type Deps = { database: Pick<Database, 'transaction'>; audit: AuditAppend; clock: Clock }

/** What whoever holds the owner's login may do without a token: the way in, and the way back in. */
export const accessAdmin = ({ database, audit, clock }: Deps) => {
  const record = (
    tx: Tx,
    action: string,
    operatorId: string,
    detail: { tokenId: string; revoked: readonly string[] },
  ) =>
    audit(tx, {
      stream: 'installation',
      actor: null,
      action,
      subject: `operator:${operatorId}`,
      outcome: 'succeeded',
      detail,
    })
  const issue = async (tx: Tx, operatorId: string, keep: KeepToken) => {
    const [token, tokenId] = [newToken(), newId()]
    await accessStore.insertToken(tx, tokenId, operatorId, tokenHash(token))
    await keep(token)
    return tokenId
  }
  const createFirst = async (tx: Tx, keep: KeepToken) => {
    const operatorId = newId()
    await accessStore.insertOperator(tx, operatorId, 'administrator', 'administrator')
    await record(tx, 'operator.create', operatorId, { tokenId: await issue(tx, operatorId, keep), revoked: [] })
  }
  return {
    /** Creates the first administrator; with any operator there already it does nothing and keeps no token. */
    ensureToken: (keep: KeepToken): Promise<'created' | 'unchanged'> =>
      database.transaction(async (tx) => {
        await accessStore.lockOperators(tx)
        if (await accessStore.administrator(tx)) return 'unchanged'
        await createFirst(tx, keep)
        return 'created'
      }),
    /** Revokes all tokens of the administrator, enables it again and makes a new token. */
    resetToken: (keep: KeepToken): Promise<'created' | 'reset'> =>
      database.transaction(async (tx) => {
        await accessStore.lockOperators(tx)
        const found = await accessStore.administrator(tx)
        if (found?.role !== 'administrator') {
          await createFirst(tx, keep)
          return 'created'
        }
        const revoked = await accessStore.revokeTokens(tx, found.id, clock.now().toISOString())
        await accessStore.enableOperator(tx, found.id)
        const detail = { tokenId: await issue(tx, found.id, keep), revoked: revoked.map(({ id }) => id) }
        await record(tx, 'operator.reset-token', found.id, detail)
        return 'reset'
      }),
  }
}
