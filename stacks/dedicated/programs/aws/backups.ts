import { Plan } from '@pulumi/aws/backup/plan.js'
import { Selection } from '@pulumi/aws/backup/selection.js'
import { Vault } from '@pulumi/aws/backup/vault.js'
import { VaultLockConfiguration } from '@pulumi/aws/backup/vaultLockConfiguration.js'
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi'
import { serviceRole } from './cluster-roles.ts'
import type { Place } from './place.ts'
import { assumedBy } from './policy-document.ts'

/** Days that a daily backup is kept, in both regions. */
const KEPT_DAYS = 35
/** Nobody can delete a backup earlier, or keep one longer, while the vault is locked. */
const LOCK = { minRetentionDays: 14, maxRetentionDays: 400 }

export type BackupSideArgs = { at: Place; keyArn: Input<string> }
export type StackBackupsArgs = {
  first: BackupSideArgs
  second: BackupSideArgs
  /** What is backed up. */
  resourceArns: Input<string>[]
}

/** A daily backup in a vault of the first region, copied into one of the second, each under the key of its region. Vaults are protected. */
export class StackBackups extends ComponentResource {
  readonly vault: Output<string>

  constructor(name: string, { first, second, resourceArns }: StackBackupsArgs, options?: ComponentResourceOptions) {
    super('steward:aws:Backups', name, {}, options)
    const { at } = first
    const child = { parent: this }
    const own = lockedVault(`${name}-first`, first, child)
    const other = lockedVault(`${name}-second`, second, child)
    const role = serviceRole(
      `${name}-role`,
      {
        at,
        part: 'backup',
        trust: assumedBy('backup.amazonaws.com', at.account),
        managed: ['service-role/AWSBackupServiceRolePolicyForBackup'],
      },
      child,
    )
    const lifecycle = { deleteAfter: KEPT_DAYS }
    const plan = new Plan(
      `${name}-plan`,
      {
        region: at.region,
        name: at.name(),
        rules: [
          {
            ruleName: 'daily',
            targetVaultName: own.name,
            schedule: 'cron(0 4 * * ? *)',
            startWindow: 60,
            completionWindow: 480,
            lifecycle,
            recoveryPointTags: at.tags('backup'),
            copyActions: [{ destinationVaultArn: other.arn, lifecycle }],
          },
        ],
        tags: at.tags('backup'),
      },
      child,
    )
    new Selection(
      `${name}-selection`,
      { region: at.region, name: at.name(), planId: plan.id, iamRoleArn: role.arn, resources: resourceArns },
      { ...child, dependsOn: role.attached },
    )
    this.vault = own.arn
    this.registerOutputs({ vault: this.vault })
  }
}

function lockedVault(name: string, { at, keyArn }: BackupSideArgs, child: { parent: ComponentResource }): Vault {
  const vault = new Vault(
    `${name}-vault`,
    { region: at.region, name: at.name(), kmsKeyArn: keyArn, forceDestroy: false, tags: at.tags('backup') },
    { ...child, protect: !at.leaving },
  )
  // a locked vault keeps its backups from everybody, also from who may destroy it
  if (!at.leaving)
    new VaultLockConfiguration(`${name}-lock`, { region: at.region, backupVaultName: vault.name, ...LOCK }, child)
  return vault
}
