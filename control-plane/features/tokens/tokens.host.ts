import type { Clock } from '../../platform/clock.ts'
import type { Tx } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { newSecret, secretHash } from '../../platform/secret.ts'
import { tokensStore as store } from './tokens.store.ts'

/** Tokens made and revoked on the host, in the transaction of whoever records it. They have no name and no maker. */
export const tokensHost = ({ clock }: { clock: Clock }) => ({
  issue: async (tx: Tx, operatorId: string, expiresAt: string | null) => {
    const [secret, id] = [newSecret('token'), newId()]
    const nameless = { name: null, role: null, verbs: null, createdBy: null }
    await store.insert(tx, { id, operatorId, hash: secretHash(secret), expiresAt, ...nameless })
    return { id, secret }
  },
  revokeAll: (tx: Tx, operatorId: string) => store.revokeAll(tx, operatorId, clock.now().toISOString()),
})
