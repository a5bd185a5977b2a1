import { randomBytes } from 'node:crypto'
import { Instance } from '@pulumi/aws/rds/instance.js'
import { Secret } from '@pulumi/aws/secretsmanager/secret.js'
import { SecurityGroupIngressRule } from '@pulumi/aws/vpc/securityGroupIngressRule.js'
import { ComponentResource, secret, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi'
import { serviceRole } from './cluster-roles.ts'
import { databaseSide, type DatabaseSideArgs } from './database.ts'
import { assumedBy } from './policy-document.ts'
import type { AwsSize } from './sizes.ts'

const PORT = 5432
/** The login that RDS makes first; the plane's and the product's are made with it. */
export const ADMINISTRATOR = 'steward_admin'

export type DatabasePairArgs = {
  first: DatabaseSideArgs
  second: DatabaseSideArgs
  size: AwsSize['database']
  /** Group of those who may connect in the first region. */
  clientGroupId: Input<string>
}

/**
 * PostgreSQL in two zones of the first region, and a replica in the second under a key of that region. Both are protected.
 *
 * RDS manages no master password of a PostgreSQL database that has replicas, so the database begins with a random one, which is
 * in the state (encrypted) and opens nothing for long: `aws-api/master-password.ts` sets another one that is in Secrets Manager alone.
 */
export class DatabasePair extends ComponentResource {
  readonly primaryArn: Output<string>
  readonly endpoints: { first: Output<string>; second: Output<string> }
  readonly secretArn: Output<string>

  constructor(name: string, args: DatabasePairArgs, options?: ComponentResourceOptions) {
    super('steward:aws:DatabasePair', name, {}, options)
    const { first, second, size } = args
    const child = { parent: this }
    const monitoring = serviceRole(
      `${name}-monitoring`,
      {
        at: first.at,
        part: 'monitoring',
        trust: assumedBy('monitoring.rds.amazonaws.com', first.at.account),
        managed: ['service-role/AmazonRDSEnhancedMonitoringRole'],
      },
      child,
    )
    const at = {
      first: databaseSide(`${name}-first`, first, child),
      second: databaseSide(`${name}-second`, second, child),
    }
    const shared = { instanceClass: size.instanceClass, monitoringRoleArn: monitoring.arn }
    const made = { ...child, protect: !first.at.leaving }
    const primary = new Instance(
      `${name}-first`,
      { ...at.first.settings, ...shared, ...primarySettings(args) },
      { ...made, ignoreChanges: ['password'], dependsOn: [at.first.log, ...monitoring.attached] },
    )
    const replica = new Instance(
      `${name}-second`,
      // RDS takes no final snapshot of a replica
      { ...at.second.settings, ...shared, replicateSourceDb: primary.arn, skipFinalSnapshot: true },
      { ...made, dependsOn: [at.second.log, ...monitoring.attached] },
    )
    new SecurityGroupIngressRule(
      `${name}-clients`,
      {
        region: first.at.region,
        securityGroupId: at.first.groupId,
        referencedSecurityGroupId: args.clientGroupId,
        ipProtocol: 'tcp',
        fromPort: PORT,
        toPort: PORT,
        description: 'Pods of the stack',
        tags: first.at.tags('database'),
      },
      child,
    )
    this.secretArn = administratorSecret(name, args, child).arn
    this.primaryArn = primary.arn
    this.endpoints = { first: primary.endpoint, second: replica.endpoint }
    this.registerOutputs({ secretArn: this.secretArn, ...this.endpoints })
  }
}

const primarySettings = ({ first, size }: DatabasePairArgs) => ({
  engine: 'postgres',
  engineVersion: first.version,
  multiAz: true,
  storageType: 'gp3',
  allocatedStorage: size.storageGib,
  maxAllocatedStorage: size.mostStorageGib,
  port: PORT,
  username: ADMINISTRATOR,
  password: secret(randomBytes(24).toString('base64url')),
  skipFinalSnapshot: false,
  finalSnapshotIdentifier: first.at.name('final'),
})

/** Where the login is kept; in the second region, too, or a failover would lose it with the first. Its content is never the program's. */
const administratorSecret = (
  name: string,
  { first, second }: DatabasePairArgs,
  child: { parent: ComponentResource },
): Secret =>
  new Secret(
    `${name}-secret`,
    {
      region: first.at.region,
      name: databaseSecretName(first.at.name()),
      description: `Administrator of the database of ${first.at.name()}`,
      kmsKeyId: first.keyArn,
      recoveryWindowInDays: 30,
      replicas: [{ region: second.at.region, kmsKeyId: second.keyArn }],
      tags: first.at.tags('database-secret'),
    },
    child,
  )

export const databaseSecretName = (stack: string): string => `${stack}/database`
