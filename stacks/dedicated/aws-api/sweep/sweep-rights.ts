/**
 * All that the sweeper's role may do. Every one of them reads, and none reads what a tenant or a secret holds. Lists cannot be narrowed
 * to resources at AWS, so the resource of each is `*`.
 */
export const SWEEP_ACTIONS = [
  'backup:ListBackupVaults',
  'backup:ListRecoveryPointsByBackupVault',
  'eks:ListClusters',
  'iam:GetOpenIDConnectProvider',
  'iam:ListOpenIDConnectProviders',
  'iam:ListPolicies',
  'iam:ListRoles',
  'kms:DescribeKey',
  'kms:ListAliases',
  'logs:DescribeLogGroups',
  'rds:DescribeDBInstanceAutomatedBackups',
  'secretsmanager:ListSecrets',
  'tag:GetResources',
] as const
