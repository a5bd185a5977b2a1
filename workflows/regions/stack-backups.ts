import type { TableCount } from '../../control-plane/domain/backups.ts'
import type { RegionSettings } from '../../control-plane/domain/region-settings.ts'
import type { Link } from '../../stacks/kubernetes/link.ts'

/** A stack whose database is backed up; `settings`: where its own parts are. */
export type BackupSite = { stack: string; database: string; settings: RegionSettings }
/** One sealed file in the store of a stack; `dataKey` opens it. */
export type SealedObject = { key: string; dataKey: Uint8Array }
export type KeyState = { newest: number; generations: readonly number[] }
export type TakenBackup = { bytes: number; sha256: string; lsn: string; contents: readonly TableCount[] }

/** What backups ask of a stack: its database, its store, and the old generations of its key. Each can be repeated. */
export type StackBackups = {
  /** Throws `backup.*` where no backup could be taken; changes nothing. */
  assertReady: (site: BackupSite, link: Link) => Promise<void>
  /** Dumps the database as it was at one moment into the store, sealed, whole or not at all; `label` stays readable in the file. */
  take: (site: BackupSite, object: SealedObject & { label: string }, link: Link) => Promise<TakenBackup>
  /** Reads it back, restores it beside the database, and answers what is in it. Throws where it is not what was stored. */
  rehearse: (
    site: BackupSite,
    object: SealedObject & { bytes: number; sha256: string },
    link: Link,
  ) => Promise<readonly TableCount[]>
  /** Drops what a rehearsal that broke off left; nothing where there is nothing. */
  endRehearsal: (site: BackupSite, link: Link) => Promise<void>
  /** Deletes a file from the store; one that is not there is deleted already. */
  remove: (site: BackupSite, key: string, link: Link) => Promise<void>
  /** Generations of the stack's key that are there, as the target has it, and the newest of them. */
  keyState: (site: BackupSite, link: Link) => Promise<KeyState>
  /** Destroys generations of the stack's key for good, but for the newest; what they wrapped opens never again. */
  endGenerations: (site: BackupSite, generations: readonly number[], link: Link) => Promise<void>
}
