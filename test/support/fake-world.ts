import type { TableCount } from '../../control-plane/domain/backups.ts'
import type { Difference } from '../../control-plane/domain/drift.ts'
import type { SweepPlace, Trace } from '../../control-plane/domain/orphan.ts'
import type { TenantsFile } from '../../control-plane/domain/tenants-file.ts'
import type { KubernetesObject } from '../../stacks/kubernetes/objects.ts'
import type { LoginLimits } from '../../stacks/postgres/unit-database.ts'
import type { Conflict } from '../../control-plane/domain/change-plan.ts'
import { Problem } from '../../control-plane/domain/problem.ts'
import type { EdgeRoute } from '../../stacks/traffic/edge-routes.ts'

type Inventory = { unitId: string; epoch: number; objects: KubernetesObject[] }

/** What somebody made by hand: a namespace in a version, whose database it is, and what stands against adopting it. */
type Found = { version: string; database: string; owner: string; conflicts: Conflict[] }

/** What a sealed file holds: the rows of each table, and the data key that opens it. */
export type FakeBackup = { dataKey: string; label: string; contents: readonly TableCount[] }

/** What a region holds, in memory: as much of it as the hands can tell apart. */
export type World = {
  inventories: Map<string, Inventory>
  secrets: Map<string, Record<string, string>>
  tenantsFiles: Map<string, TenantsFile>
  /** Databases with the ids of the tenants that have rows in them. */
  databases: Map<string, Set<string>>
  /** Databases that hold large objects. */
  largeObjects: Set<string>
  /** Limits of the logins of units with one tenant. */
  logins: Map<string, LoginLimits>
  fences: Map<string, number>
  /** Which side of a move is writable, by its id, while both have the rows. */
  writable: Map<string, 'source' | 'target'>
  /**
   * Dedicated stacks by name with their sizes; `unreachable`: what they are built of does not answer; `moved`: the state of this one is
   * another; `replaces`: another size of this one makes its databases anew.
   */
  stacks: Map<string, string> & { unreachable?: boolean; moved?: string; replaces?: string }
  /** Keys of stacks by name: the newest generation, and those that were destroyed. */
  keys: Map<string, { newest: number; ended: Set<number> }>
  /**
   * Sealed backups by stack and key; `full` refuses every write, `gone`: no stack has a store, `lossy`: what is stored lacks a row,
   * `rotten`: it is not what was stored; `rehearsals`: databases that rehearsals made.
   */
  backups: Map<string, FakeBackup> & {
    full?: boolean
    gone?: boolean
    lossy?: boolean
    rotten?: boolean
    rehearsals: Set<string>
  }
  edge: Map<string, EdgeRoute & { closed: boolean }>
  quarantined: Set<string>
  /** What somebody did to the objects of a unit, by its id, to a database, by its name, or to a stack, as `stack <name>`; applying or repairing makes it good. */
  meddled: Map<string, Difference[]>
  /** Sealed exports by their keys; `full` refuses every write. */
  exports: Map<string, Buffer> & { full?: boolean }
  /** What carries the plane's names; a problem in its place: that part cannot be searched. */
  traces: Record<SweepPlace, Trace[] | Error>
  /** What somebody made by hand, by namespace, until it is a unit's. */
  found: Map<string, Found>
  /** Guardrails that the cluster lacks. */
  lacking: string[]
}

/** What a newer operation has acted on refuses an older one. */
export const fenced = (what: string) =>
  new Problem('effect.fenced', { status: 409, retryable: false, title: `A newer operation has acted on ${what}` })

export function databaseFence({ fences }: World, subject: string, epoch: number): void {
  if ((fences.get(subject) ?? 0) > epoch) throw fenced(subject)
  fences.set(subject, epoch)
}

/** What can be seen from outside, without epochs and revisions: two ways to one state look the same. */
export const dumpOf = ({
  inventories,
  secrets,
  tenantsFiles,
  databases,
  edge,
  stacks,
  keys,
  backups,
}: World): object => ({
  objects: [...inventories].map(([key, { objects }]) => [key, objects]).toSorted(),
  secrets: [...secrets.keys()].toSorted(),
  tenants: [...tenantsFiles].map(([key, { tenants }]) => [key, tenants]).toSorted(),
  databases: [...databases].map(([name, tenants]) => [name, [...tenants].toSorted()]).toSorted(),
  edge: [...edge.values()]
    .filter(({ closed }) => !closed)
    .map(({ host, tenant, unit }) => [host, tenant, unit])
    .toSorted(),
  stacks: [...stacks].toSorted(),
  keys: [...keys].map(([name, { newest, ended }]) => [name, newest, [...ended]]).toSorted(),
  backups: [[...backups.keys()].toSorted(), [...backups.rehearsals].toSorted()],
})
