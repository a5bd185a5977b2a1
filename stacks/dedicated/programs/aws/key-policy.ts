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
  'kms:ListAliases',
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

/**
 * Who may do what with a stack's key. The account's own policies decide who administers it (without that a key can be locked for
 * good); nobody uses it directly, only the services named, for callers of this account that may use the service. In a key's policy
 * the resource can only be `*`: it means this key.
 */
export function keyPolicy(at: Place, logGroups: readonly string[]): string {
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
