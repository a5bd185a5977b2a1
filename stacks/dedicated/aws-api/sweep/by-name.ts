import { ListRecoveryPointsByBackupVaultCommand, ListBackupVaultsCommand } from '@aws-sdk/client-backup'
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { ListClustersCommand } from '@aws-sdk/client-eks'
import { ListAliasesCommand } from '@aws-sdk/client-kms'
import { DescribeDBInstanceAutomatedBackupsCommand } from '@aws-sdk/client-rds'
import { SIDES } from '../../programs/aws/place.ts'
import { ask, pages } from '../aws-link.ts'
import { isAws } from '../aws.errors.ts'
import { namesBeginWith, ofSought, tenantInName, type AwsLeftover, type Witness } from './aws-leftover.ts'

/** Clusters by their name: whoever took the tag away has not taken the cluster away. */
export const clustersByName: Witness = async (clients, sought, link) => {
  const { region } = sought
  const found: AwsLeftover[] = []
  const list = (nextToken?: string) =>
    ask(`list clusters in ${region}`, link, (abortSignal) =>
      clients.in(region).eks.send(new ListClustersCommand({ nextToken }), { abortSignal }),
    )
  for await (const { clusters = [] } of pages(list, ({ nextToken }) => nextToken))
    for (const name of clusters) {
      const tenant = tenantInName(name)
      if (tenant !== undefined) found.push({ kind: 'eks:cluster', name, where: region, tenant })
    }
  return ofSought(found, sought)
}

/** Logs are made again by whatever writes them last, then without any tag. */
export const logsByName: Witness = async (clients, sought, link) => {
  const { region } = sought
  const found: AwsLeftover[] = []
  for (const { before, after } of LOGS) {
    const list = (nextToken?: string) =>
      ask(`list logs in ${region}`, link, (abortSignal) =>
        clients
          .in(region)
          .logs.send(
            new DescribeLogGroupsCommand({ logGroupNamePrefix: before + namesBeginWith(sought.tenant), nextToken }),
            { abortSignal },
          ),
      )
    for await (const { logGroups = [] } of pages(list, ({ nextToken }) => nextToken))
      for (const { logGroupName: name = '' } of logGroups) {
        const tenant = tenantInName(name, { before, after })
        if (tenant !== undefined) found.push({ kind: 'logs:log-group', name, where: region, tenant })
      }
  }
  return ofSought(found, sought)
}
/** Names of logs, before and after the name of the stack. */
const LOGS = [
  { before: '/steward/', after: '/flow' },
  { before: '/aws/eks/', after: '/cluster' },
  ...SIDES.map((side) => ({ before: '/aws/rds/instance/', after: `-${side}/postgresql` })),
]

/** Names of keys, by which somebody may still use one that has lost its tag. */
export const keyNames: Witness = async (clients, sought, link) => {
  const { region } = sought
  const found: AwsLeftover[] = []
  const list = (Marker?: string) =>
    ask(`list names of keys in ${region}`, link, (abortSignal) =>
      clients.in(region).kms.send(new ListAliasesCommand({ Marker, Limit: 100 }), { abortSignal }),
    )
  for await (const { Aliases = [] } of pages(list, (page) => page.NextMarker))
    for (const { AliasName: name = '' } of Aliases) {
      const tenant = tenantInName(name, { before: 'alias/' })
      if (tenant !== undefined) found.push({ kind: 'kms:alias', name, where: region, tenant })
    }
  return ofSought(found, sought)
}

/** Backups that RDS keeps by itself after a database is gone (those of a living one go with it); nothing of them carries a tag. */
export const automatedBackups: Witness = async (clients, sought, link) => {
  const { region } = sought
  const found: AwsLeftover[] = []
  const list = (Marker?: string) =>
    ask(`list automated backups in ${region}`, link, (abortSignal) =>
      clients
        .in(region)
        .rds.send(new DescribeDBInstanceAutomatedBackupsCommand({ Marker, MaxRecords: 100 }), { abortSignal }),
    )
  for await (const page of pages(list, ({ Marker }) => Marker))
    for (const {
      DBInstanceIdentifier: database = '',
      DBInstanceAutomatedBackupsArn: arn,
      Status,
    } of page.DBInstanceAutomatedBackups ?? []) {
      if (Status === 'active') continue
      const tenant = SIDES.map((side) => tenantInName(database, { after: `-${side}` })).find(
        (each) => each !== undefined,
      )
      if (tenant !== undefined) found.push({ kind: 'rds:auto-backup', name: arn ?? database, where: region, tenant })
    }
  return ofSought(found, sought)
}

/** Vaults by name, and every backup in them. */
export const vaultsByName: Witness = async (clients, sought, link) => {
  const { region } = sought
  const found: AwsLeftover[] = []
  const list = (NextToken?: string) =>
    ask(`list vaults in ${region}`, link, (abortSignal) =>
      clients.in(region).backup.send(new ListBackupVaultsCommand({ NextToken }), { abortSignal }),
    )
  for await (const { BackupVaultList = [] } of pages(list, ({ NextToken }) => NextToken))
    for (const { BackupVaultName: name = '' } of BackupVaultList) {
      const tenant = tenantInName(name)
      if (tenant === undefined || (sought.tenant !== undefined && tenant !== sought.tenant)) continue
      found.push({ kind: 'backup:backup-vault', name, where: region, tenant })
      found.push(...(await recoveryPoints(clients, { region, vault: name, tenant }, link)))
    }
  return found
}

async function recoveryPoints(
  clients: Parameters<Witness>[0],
  { region, vault, tenant }: { region: string; vault: string; tenant: string },
  link: Parameters<Witness>[2],
): Promise<AwsLeftover[]> {
  const found: AwsLeftover[] = []
  const list = (NextToken?: string) =>
    ask(`list backups in ${vault}`, link, (abortSignal) =>
      clients
        .in(region)
        .backup.send(new ListRecoveryPointsByBackupVaultCommand({ BackupVaultName: vault, NextToken }), {
          abortSignal,
        }),
    )
  try {
    for await (const { RecoveryPoints = [] } of pages(list, ({ NextToken }) => NextToken))
      for (const { RecoveryPointArn: name = vault, CalculatedLifecycle } of RecoveryPoints) {
        const endsAt = CalculatedLifecycle?.DeleteAt
        found.push({ kind: 'backup:recovery-point', name, where: region, tenant, ...(endsAt ? { endsAt } : {}) })
      }
  } catch (error) {
    if (!isAws(error, 'aws.not-found')) throw error // the vault went while it was being read
  }
  return found
}
