import type { Observation } from '../../../control-plane/domain/attestation.ts'
import type { Cluster } from '../cluster.ts'
import type { Link } from '../link.ts'

/** A namespace and who acts in it with the rights of a tenant's administrator. */
export type Space = { namespace: string; tenant: Cluster }

/** What the checks of one unit work with. */
export type Attested = {
  /** The unit that is asked about: every call is a dry run, but for the probes of `traffic`, which are taken away again. */
  ours: Space
  /** A second tenant, made for the purpose with the same guardrails; what has to exist is made here. */
  other: Space
  /** The worker: what the plane may do and tenants may not. */
  operator: Cluster
  /** The sweeper: sees everything, changes nothing. */
  reader: Cluster
  unitId: string
  /** An image that pods of the unit may run. */
  image: string
  /** What sends from tenant to tenant, where the network is said to keep to policies; null: nothing is sent. */
  traffic: Traffic | null
  link: Link
}

/** The image of the probe, and an address (`host:port`, TCP) that every pod of a unit may reach: its product database. */
export type Traffic = { image: string; control: string }

/** One check: tries and looks, and leaves the judgement to `judge`. */
export type Check = (attested: Attested) => Promise<Observation[]>
/** Calls under way at once. */
export const WIDTH = 8
