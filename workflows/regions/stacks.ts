import type { Difference } from '../../control-plane/domain/drift.ts'
import type { ChangePlan } from '../../control-plane/domain/change-plan.ts'
import type { Leftover, Tally } from '../../control-plane/domain/leftover.ts'
import type { RegionSettings, StackAccess } from '../../control-plane/domain/region-settings.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'

/** A dedicated tenant's stack, called as its unit, and on whose behalf something is done to it. */
export type StackOrder = {
  stack: string
  tenantId: string
  host: string
  plan: string
  /** Connections at its database that the plan grants: what its size follows from. */
  connections: number
  /** Of its own key. */
  keyGeneration: number
  region: { name: string; settings: RegionSettings }
  epoch: number
}

/** The same for who only looks: on nobody's behalf. */
export type StackSubject = Omit<StackOrder, 'epoch'>

/** What the stack's program would do, and what the target has of it now. */
export type StackPreview = Pick<ChangePlan, 'resources' | 'engineHash' | 'serial' | 'parts'>

/** The preview that was agreed to, and the protected resources that may go; null: what is done was not planned, as an undo. */
export type Approved = { engineHash: string; release: readonly string[] }

/** Builds and destroys stacks by the program of their region's target. Each is repeatable, and fenced by epoch. */
export type Stacks = {
  /** Says what `build` or `destroy` would do; changes nothing. */
  preview: (subject: StackSubject, change: 'build' | 'destroy', link: Link) => Promise<StackPreview>
  /** The stack's parts as the target has them now, by digest; null: it has no such part. */
  parts: (subject: StackSubject, link: Link) => Promise<StackPreview['parts']>
  /** Makes the stack what its program says; answers where its parts are. Throws `plan.stale`, before anything is changed. */
  build: (order: StackOrder, approved: Approved | null, link: Link) => Promise<StackAccess>
  /** Where it differs from what was built; changes nothing, and nothing of the plane's knowledge of it. */
  compare: (order: StackSubject & { epoch: number | null }, link: Link) => Promise<Difference[]>
  /**
   * Gives its parts back what they were built with and makes anew what is gone; answers where they are. Throws `stack.protected`,
   * naming what holds data, before anything is changed.
   */
  repair: (order: StackOrder, link: Link) => Promise<StackAccess>
  /** Takes all of it away; nothing to do where nothing is. */
  destroy: (order: StackOrder, approved: Approved | null, link: Link) => Promise<void>
  /** What a credential that can only read still finds of it and of its tenant. */
  leftovers: (order: StackOrder, link: Link, tally?: Tally) => Promise<Leftover[]>
}
