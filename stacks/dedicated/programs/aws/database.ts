import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js'
import { ParameterGroup } from '@pulumi/aws/rds/parameterGroup.js'
import { SubnetGroup } from '@pulumi/aws/rds/subnetGroup.js'
import type { ComponentResource, Input, Output } from '@pulumi/pulumi'
import { logGroup } from './log-group.ts'
import { logGroupNames } from './log-groups.ts'
import type { Place } from './place.ts'

/** What both databases of a pair need of their region. */
export type DatabaseSideArgs = {
  at: Place
  /** Major version of PostgreSQL. */
  version: string
  vpcId: Input<string>
  subnetIds: Input<string>[]
  keyArn: Input<string>
}

/** Days that AWS itself keeps backups to any second of which the database can be brought back. */
export const POINT_IN_TIME_DAYS = 14
const INSIGHTS_DAYS = 7
const MONITORING_SECONDS = 60

/** TLS or nothing; logical replication for moves of tenants. The latter acts after a restart: a new instance begins with it. */
const PARAMETERS = [
  { name: 'rds.force_ssl', value: '1', applyMethod: 'immediate' },
  { name: 'rds.logical_replication', value: '1', applyMethod: 'pending-reboot' },
  { name: 'log_connections', value: '1', applyMethod: 'immediate' },
  { name: 'log_disconnections', value: '1', applyMethod: 'immediate' },
]

/** Where a database stands, and what it shares with its counterpart whichever of them is the primary. */
export function databaseSide(
  name: string,
  { at, version, vpcId, subnetIds, keyArn }: DatabaseSideArgs,
  child: { parent: ComponentResource },
) {
  const { region } = at
  const identifier = at.name(at.side)
  const log = logGroup(`${name}-log`, { at, logName: logGroupNames(at).database(identifier), keyArn }, child)
  const subnets = new SubnetGroup(
    `${name}-subnets`,
    { region, name: identifier, subnetIds, tags: at.tags('database') },
    child,
  )
  const parameters = new ParameterGroup(
    `${name}-parameters`,
    {
      region,
      name: `${identifier}-${version}`,
      family: `postgres${version}`,
      parameters: PARAMETERS,
      tags: at.tags('database'),
    },
    child,
  )
  // no rule of its own: nothing comes in but what `database-pair.ts` lets in, and nothing goes out
  const group = new SecurityGroup(
    `${name}-group`,
    {
      region,
      name: `${identifier}-database`,
      description: `Database of ${at.name()}`,
      vpcId,
      revokeRulesOnDelete: true,
      tags: at.tags('database'),
    },
    child,
  )
  return { log, groupId: group.id, settings: settingsOf(at, { identifier, keyArn, subnets, parameters, group }) }
}

type Made = {
  identifier: string
  keyArn: Input<string>
  subnets: SubnetGroup
  parameters: ParameterGroup
  group: SecurityGroup
}

const settingsOf = (at: Place, { identifier, keyArn, subnets, parameters, group }: Made) => ({
  region: at.region,
  identifier,
  dbSubnetGroupName: subnets.name,
  parameterGroupName: parameters.name,
  vpcSecurityGroupIds: [group.id] as Output<string>[],
  publiclyAccessible: false,
  storageEncrypted: true,
  kmsKeyId: keyArn,
  caCertIdentifier: 'rds-ca-rsa2048-g1',
  iamDatabaseAuthenticationEnabled: true,
  deletionProtection: !at.leaving,
  deleteAutomatedBackups: false,
  backupRetentionPeriod: POINT_IN_TIME_DAYS,
  backupWindow: '01:00-02:00',
  maintenanceWindow: 'sun:03:00-sun:04:00',
  copyTagsToSnapshot: true,
  autoMinorVersionUpgrade: true,
  performanceInsightsEnabled: true,
  performanceInsightsKmsKeyId: keyArn,
  performanceInsightsRetentionPeriod: INSIGHTS_DAYS,
  monitoringInterval: MONITORING_SECONDS,
  enabledCloudwatchLogsExports: ['postgresql'],
  tags: at.tags('database'),
})
