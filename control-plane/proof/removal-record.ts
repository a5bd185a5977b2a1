/** One way in which a removed tenant was looked for, and how much was looked at. */
export type Look = { means: string; looked: number; found: number }

/** A legal hold, by the numbers of who placed and ended it; `releasedAt` null: it ended by itself. Its reason is in the audit record. */
export type ReleasedHold = {
  id: string
  placedBy: string
  placedAt: string
  until: string | null
  releasedBy: string | null
  releasedAt: string | null
}

/** A backup of the tenant's own stack, by its number. Its file went with the stack's store and opens with nothing since its key is gone. */
export type DestroyedBackup = { id: string; takenAt: string; removedAt: string }

/** What is signed about a tenant that is gone: what was destroyed and when, how it was looked for, and what stays by right. */
export type RemovalRecord = {
  version: 1
  kind: 'decommission'
  subject: string
  tenant: { id: string; slug: string; plan: string; region: string; residency: readonly string[] }
  unit: { id: string; kind: string; name: string }
  tenantId: string
  operationId: string
  requestedBy: string | null
  /** Null: its plan asked for none. Who asked for what was approved and when: not in certificates of earlier versions. */
  approval: {
    decidedBy: string
    decidedAt: string
    operationId?: string
    requestedBy?: string | null
    requestedAt?: string
  } | null
  /** Legal holds that had lain on it, none of which did any more; not in certificates of earlier versions. */
  holds?: readonly ReleasedHold[]
  /** Steps that took something away, of this removal and of those that failed before it. */
  destroyed: readonly { operationId: string; step: string; title: string; finishedAt: string }[]
  /** Of the stack that was removed and of those that it had before; not in certificates of earlier versions. */
  backups?: readonly DestroyedBackup[]
  sweep: { credential: string; looks: readonly Look[] }
  stays: readonly {
    what: string
    why: string
    until: string | null
    detail: Readonly<Record<string, string | number>>
  }[]
  outcome: 'pass'
  measuredAt: string
}

/** Whether what a record says was seen makes a certificate: looked for in several ways, nothing found. */
export function removalFollows(text: string): boolean {
  try {
    const { kind, outcome, sweep } = JSON.parse(text) as RemovalRecord // anything else fails below
    const means = new Set(sweep.looks.map((look) => look.means))
    return (
      kind === 'decommission' &&
      outcome === 'pass' &&
      means.size >= 3 &&
      means.size === sweep.looks.length &&
      sweep.looks.every(({ looked, found }) => Number.isInteger(looked) && looked >= 0 && found === 0)
    )
  } catch {
    return false
  }
}
