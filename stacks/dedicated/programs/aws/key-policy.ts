import type { Place } from './place.ts'
import { policyDocument } from './policy-document.ts'

/** What administering a key takes; no use of it among them. */
const ADMINISTER = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:RevokeGrant',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
]
const USE = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:DescribeKey',
]
/** Services that use the key for the stack: databases, disks of nodes, secrets of both kinds, backups. */
const SERVICES = ['rds', 'ec2', 'eks', 'secretsmanager', 'backup']

export type KeyPolicyArgs = {
  at: Place
  /** Names of the logs that the key encrypts. */
  logGroups: readonly string[]
  /** Makes the cluster, and so grants it the use of the key. */
  workerRoleArn: string
}

/**
 * Who may do what with a stack's key. The account's own policies decide who administers it (without that a key can be locked for
 * good); the services named use it, for callers of this account that may use the service, and so does the cluster's own role. Roles
 * are named by condition, because a principal that does not exist yet is refused. In a key's policy the resource can only be `*`: it
 * means this key.
 */
export function keyPolicy({ at, logGroups, workerRoleArn }: KeyPolicyArgs): string {
  const root = `arn:${at.partition}:iam::${at.account}:root`
  const viaServices = {
    StringEquals: {
      'kms:CallerAccount': at.account,
      'kms:ViaService': SERVICES.map((service) => `${service}.${at.region}.amazonaws.com`),
    },
  }
  return policyDocument(
    { Sid: 'Administer', Effect: 'Allow', Principal: { AWS: root }, Action: ADMINISTER, Resource: '*' },
    { Sid: 'Use', Effect: 'Allow', Principal: { AWS: '*' }, Action: USE, Resource: '*', Condition: viaServices },
    {
      Sid: 'GrantToServices',
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: ['kms:CreateGrant'],
      Resource: '*',
      Condition: { ...viaServices, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    },
    {
      Sid: 'Cluster',
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: USE,
      Resource: '*',
      Condition: only(at, `arn:${at.partition}:iam::${at.account}:role${at.iamPath}${at.name('cluster')}`),
    },
    {
      Sid: 'GrantToCluster',
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: ['kms:CreateGrant'],
      Resource: '*',
      Condition: { ...only(at, workerRoleArn), Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    },
    {
      Sid: 'Logs',
      Effect: 'Allow',
      Principal: { Service: `logs.${at.region}.amazonaws.com` },
      Action: USE,
      Resource: '*',
      Condition: {
        ArnEquals: {
          'kms:EncryptionContext:aws:logs:arn': logGroups.map((group) => at.arn('logs', `log-group:${group}`)),
        },
      },
    },
  )
}

/** One role of this account and nobody else. */
const only = ({ account }: Place, roleArn: string) => ({
  StringEquals: { 'kms:CallerAccount': account },
  ArnEquals: { 'aws:PrincipalArn': roleArn },
})
