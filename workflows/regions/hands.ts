import type { Difference } from '../../control-plane/domain/drift.ts'
import type { CheckResult } from '../../control-plane/domain/attestation.ts'
import type { SweepPlace, Trace } from '../../control-plane/domain/orphan.ts'
import type { Leftover, Tally } from '../../control-plane/domain/leftover.ts'
import type { ClauseResult } from '../../control-plane/domain/contract.ts'
import type { ExportStore } from '../../control-plane/platform/export-folder.ts'
import type { ObjectChange } from '../../control-plane/domain/change-plan.ts'
import type { FoundDatabase, UnitNames } from '../../control-plane/domain/naming.ts'
import type { Adoptable, ObservedObjects } from '../../stacks/kubernetes/adoption.ts'
import type { AdoptableDatabase, ObservedDatabase } from '../../stacks/postgres/adoption-sight.ts'
import type { Compared, LiveVersion } from '../../stacks/kubernetes/drift.ts'
import type { Previewed } from '../../stacks/kubernetes/preview.ts'
import type { Held } from '../../stacks/kubernetes/held.ts'
import type { Minding, Owner } from '../../stacks/kubernetes/inventory.ts'
import type { ContractCheck } from '../../stacks/contract/contract-hands.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'
import type { KubernetesObject, ObjectRef } from '../../stacks/kubernetes/objects.ts'
import type { SecretRepair } from '../../stacks/kubernetes/secrets.ts'
import type { Publication } from '../../stacks/kubernetes/tenants-file.ts'
import type { MoveEnd } from '../../stacks/postgres/move/move.ts'
import type { ComparedDatabase } from '../../stacks/postgres/database-drift.ts'
import type { RowsRead } from '../../stacks/postgres/export-rows.ts'
import type { LoginLimits } from '../../stacks/postgres/unit-database.ts'
import type { EdgeRoute } from '../../stacks/traffic/edge-routes.ts'

export type ChartUse = { chart: string; release: string; namespace: string; values: object }
export type Pods = { namespace: string; labels: Readonly<Record<string, string>> }
export type PodVersion = { pod: string; version: string }
export type TenantTraces = UnitTraces & { tenantId: string; slug: string; host: string }
export type UnitTraces = { unitId: string; unit: string; names: UnitNames }

/** What the workflows ask of a region's cluster. Each call can be repeated; those with an epoch refuse a deposed operation. */
export interface UnitCluster {
  /**
   * `adopting`: what may be there already without being the owner's, and is then taken over; see stacks/kubernetes/take-over. `held`: what
   * was planned; what moved since is refused, or left as it is and returned; see stacks/kubernetes/held.
   */
  applyOwned: (owner: Owner, objects: KubernetesObject[], link: Link, minding?: Minding) => Promise<ObjectRef[]>
  removeOwned: (owner: Owner, link: Link) => Promise<void>
  /** Makes what was applied what it was, as far as it is ours; removes nothing and takes nothing over. */
  repairOwned: (owner: Owner, objects: KubernetesObject[], link: Link, held?: Held) => Promise<void>
  /** The data of the Secret: as it is, or made now. */
  ensureSecret: (
    secret: { namespace: string; name: string; labels: Record<string, string>; make: () => Record<string, string> },
    link: Link,
  ) => Promise<Record<string, string>>
  /** Deletes the Secret where it carries the labels; nothing where there is none. */
  removeSecret: (
    secret: { namespace: string; name: string; labels: Record<string, string> },
    link: Link,
  ) => Promise<void>
  /** The data of the Secret as it is; undefined where there is none. */
  readSecret: (at: { namespace: string; name: string }, link: Link) => Promise<Record<string, string> | undefined>
  /** The data of the Secret, with new values in the place of those that are not ours. */
  repairSecret: (secret: SecretRepair, link: Link) => Promise<Record<string, string>>
  waitForDeployment: (at: { namespace: string; name: string }, link: Link) => Promise<void>
  waitForJob: (at: { namespace: string; name: string }, link: Link) => Promise<void>
  publishTenants: (unit: Publication, link: Link) => Promise<void>
  /** The same for a ConfigMap that somebody took our labels from. */
  repairTenants: (unit: Publication, link: Link) => Promise<void>
  /** The text of the tenants file as it is; undefined where there is none. */
  readTenants: (at: Pick<Publication, 'namespace' | 'configMap'>, link: Link) => Promise<string | undefined>
  /** Deletes the ConfigMap of the tenants file where it is the unit's; nothing where there is none. */
  removeTenants: (at: Pick<Publication, 'namespace' | 'configMap' | 'unitId'>, link: Link) => Promise<void>
  /** Returns when every serving pod has loaded the revision or a later one. */
  waitForTenantsRevision: (unit: Pods & { revision: number }, link: Link) => Promise<void>
  /** Returns when no such pod is left, not even one that is being stopped. */
  waitForNoPods: (pods: Pods, link: Link) => Promise<void>
  /** Returns when pods are counted by what the quota says now. */
  waitForQuota: (at: { namespace: string; name: string }, link: Link) => Promise<void>
  /** Ends every pod of the namespace, whoever made it; returns when none is left, and not while new ones may come. */
  endPods: (at: { namespace: string }, link: Link) => Promise<void>
  /** What every pod of the product says of itself. */
  podVersions: (pods: Pods, link: Link) => Promise<PodVersion[]>
  /** Labels what the owner's inventory lists, so that people and tools see that an operator must look at it. */
  markQuarantined: (owner: Owner, operationId: string, link: Link) => Promise<void>
}

/** What the workflows ask of a region's product database cluster. */
export interface UnitDatabases {
  /** Where the product's pods reach it. */
  address: { host: string; port: number }
  /** Content of a unit's Secret with fresh passwords. */
  makeSecret: (names: UnitNames) => Record<string, string>
  /** Makes database and logins with the passwords inside the Secret's content. */
  create: (
    unit: { names: UnitNames; secret: Readonly<Record<string, string>>; limits?: LoginLimits; epoch: number },
    link: Link,
  ) => Promise<void>
  /** Sets other limits on the product's own login. */
  limit: (unit: { names: UnitNames; limits: LoginLimits; epoch: number }, link: Link) => Promise<void>
  /** Where database, logins and rights differ from what was made; changes nothing. */
  compare: (unit: ComparedDatabase, link: Link) => Promise<Difference[]>
  /** Whether a value of the Secret can be one that was made for it. */
  holds: (names: UnitNames, key: string, value: string) => boolean
  /** Gives logins and rights back what they were made with; a database that is gone is not made anew. */
  repair: (
    unit: { names: UnitNames; secret: Readonly<Record<string, string>>; limits?: LoginLimits; epoch: number },
    link: Link,
  ) => Promise<void>
  drop: (unit: { names: UnitNames; epoch: number }, link: Link) => Promise<void>
  /** Throws what an export of one tenant of the unit would be refused for, `export.large-objects`; reads no row. */
  inspectExport: (unit: { names: UnitNames }) => Promise<void>
  /** Reads a tenant's rows, or (`tenantId` null) the whole database, as they were at one moment; see stacks/postgres/export-rows. */
  readRows: <T>(
    unit: { names: UnitNames; tenantId: string | null },
    use: (rows: RowsRead) => Promise<T>,
    link: Link,
  ) => Promise<T>
  /** The unit's database as one end of a move. */
  end: (names: UnitNames) => MoveEnd
  eraseTenant: (tenant: { names: UnitNames; tenantId: string; epoch: number }, link: Link) => Promise<void>
}

/** What the workflows ask about the images that a region's nodes can run. */
export interface Images {
  /** Null: nothing in this region can be asked. */
  has: (repository: string, tag: string, link: Link) => Promise<boolean | null>
  /** Repositories that units may run images from; null: nothing says so. */
  allowed: (link: Link) => Promise<readonly string[] | null>
}

export interface Edge {
  /** Where its routes lead. */
  target: string
  /** Whether it is listed with a credential that can do nothing else. */
  listedReadOnly: boolean
  /** `refusing`: the edge answers 403 for the tenant by itself; `limits`: and 429 what is over them. */
  open: (route: Omit<EdgeRoute, 'target'>) => Promise<void>
  close: (route: { host: string; tenant: string; epoch: number }) => Promise<void>
  list: () => Promise<readonly EdgeRoute[]>
  /** Requests the host as a customer does until the answer is the expected one. */
  probe: (
    request: { host: string; path: string; expect: (status: number, body: string) => boolean },
    link: Link,
  ) => Promise<void>
}

/** Looks for what a removal left, with credentials that can only read. */
export interface Sweep {
  tenant: (traces: TenantTraces, link: Link, tally?: Tally) => Promise<Leftover[]>
  unit: (traces: UnitTraces, link: Link, tally?: Tally) => Promise<Leftover[]>
  /** What a tenant left in a unit that it moved away from; what serves it elsewhere is none. */
  moved: (traces: TenantTraces & { moveId: string }, link: Link) => Promise<Leftover[]>
  /** Where a removal does not look: rows in other cells, processes of this machine; `own`: its unit goes with the tenant. */
  stray: (traces: TenantTraces & { own: boolean }, link: Link, tally?: Tally) => Promise<Leftover[]>
}

/** Compares what was applied with what the cluster holds; changes nothing. */
export interface Drift {
  compare: (unit: Compared, link: Link) => Promise<Difference[]>
  /** Everything that carries the unit's label, each with a text that changes when somebody changes what it is to be. */
  versions: (unitId: string, link: Link) => Promise<LiveVersion[]>
  /** What applying these objects would change, by the API server's own dry run. */
  preview: (unit: Previewed, link: Link) => Promise<ObjectChange[]>
}

/** What somebody made before there was a unit: observed, taken over, given back. */
export interface Adoption {
  /** What adopting would do to a namespace; changes nothing. */
  observe: (adoptable: Adoptable, link: Link) => Promise<ObservedObjects>
  /** What adopting would do to a database; changes nothing. */
  observeDatabase: (adoptable: AdoptableDatabase) => Promise<ObservedDatabase>
  /** How the database is now; undefined where there is none. */
  describe: (names: UnitNames) => Promise<FoundDatabase | undefined>
  takeDatabase: (
    unit: {
      names: UnitNames
      secret: Readonly<Record<string, string>>
      limits?: LoginLimits
      epoch: number
      found: FoundDatabase
    },
    link: Link,
  ) => Promise<void>
  giveDatabaseBack: (unit: { names: UnitNames; epoch: number; found: FoundDatabase }, link: Link) => Promise<void>
  /** From then on what the unit's inventories list is its own, whoever made it. */
  keep: (unitId: string, link: Link) => Promise<void>
}

/** What lies over a whole cluster and only its administrator applies. */
export interface Guardrails {
  /** What the cluster lacks, by name; empty where all are in force. */
  lacking: (link: Link) => Promise<string[]>
}

/** Looks for everything that carries the plane's labels, names or owners, part by part. */
export type RegionTraces = Readonly<Record<SweepPlace, (link: Link) => Promise<Trace[]>>>

/** Everything that touches the infrastructure of one region. */
export interface Hands {
  render: (use: ChartUse) => Promise<KubernetesObject[]>
  cluster: UnitCluster
  databases: UnitDatabases
  images: Images
  edge: Edge
  /** Where sealed exports are kept; null: the region has no such place. */
  exports: ExportStore | null
  sweep: Sweep
  drift: Drift
  adoption: Adoption
  /** Everything that carries the plane's labels, names or owners, whoever it is of. */
  orphans: RegionTraces
  guardrails: Guardrails
  /** Measures a unit's isolation from inside of it and of its probe; see stacks/kubernetes/attestation. */
  attest: (unit: { unitId: string; namespace: string; image: string }, link: Link) => Promise<CheckResult[]>
  /** Takes away what a measurement that was cut off has left in the unit's namespace. */
  endAttestation: (unit: { namespace: string }, link: Link) => Promise<void>
  /** Holds a unit in service against the product contract; see stacks/contract. */
  checkContract: (check: ContractCheck<ChartUse>, link: Link) => Promise<ClauseResult[]>
  close: () => Promise<void>
}
