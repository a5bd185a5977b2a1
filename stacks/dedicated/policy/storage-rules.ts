import { isSet, list, mustBe, mustHave, ofKind, read, type ResourceRule, type StackRule } from './rule.ts'

const VAULT = 'aws:backup/vault:Vault'
const PLAN = 'aws:backup/plan:Plan'
const LOCK = 'aws:backup/vaultLockConfiguration:VaultLockConfiguration'
const LOG_GROUP = 'aws:cloudwatch/logGroup:LogGroup'
const SECRET = 'aws:secretsmanager/secret:Secret'
const KEY = 'aws:kms/key:Key'
const LEAST_BACKUP_DAYS = 14
const LEAST_LOG_DAYS = 30
const LEAST_DELETION_DAYS = 30

const atLeast = (id: string, kind: string, name: string, least: number): ResourceRule => ({
  id,
  kinds: [kind],
  reads: [name],
  fault: ({ [name]: value }) =>
    typeof value === 'number' && value >= least ? undefined : `${name} must be ${least} or more, not ${String(value)}`,
})

/** Keys, secrets, logs and backups: what is encrypted with what, and how long it stays. */
export const storageRules: readonly ResourceRule[] = [
  mustBe('key.rotated', [KEY], { enableKeyRotation: true }),
  atLeast('key.deleted-slowly', KEY, 'deletionWindowInDays', LEAST_DELETION_DAYS),
  mustHave('key.own-policy', [KEY], 'policy'),
  mustHave('secret.encrypted', [SECRET], 'kmsKeyId'),
  atLeast('secret.recoverable', SECRET, 'recoveryWindowInDays', LEAST_DELETION_DAYS),
  {
    id: 'secret.residency',
    kinds: [SECRET],
    reads: [],
    fault: ({ replicas }, { target }) =>
      list(replicas).every((each) => read(each, 'region') === target.replicaRegion && isSet(read(each, 'kmsKeyId')))
        ? undefined
        : `copies may lie in ${target.replicaRegion} only, under a key of that region`,
  },
  mustHave('logs.encrypted', [LOG_GROUP], 'kmsKeyId'),
  atLeast('logs.kept', LOG_GROUP, 'retentionInDays', LEAST_LOG_DAYS),
  mustHave('backup.encrypted', [VAULT], 'kmsKeyArn'),
  {
    id: 'backup.not-forced',
    kinds: [VAULT],
    reads: ['forceDestroy'],
    fault: ({ forceDestroy }) =>
      forceDestroy === true ? 'a vault must not be destroyed with what is in it' : undefined,
  },
  atLeast('backup.locked-long', LOCK, 'minRetentionDays', LEAST_BACKUP_DAYS),
  {
    id: 'backup.kept',
    kinds: [PLAN],
    reads: [],
    fault: ({ rules }) => {
      const days = list(rules).flatMap((rule) => [
        read(rule, 'lifecycle', 'deleteAfter'),
        ...list(read(rule, 'copyActions')).map((copy) => read(copy, 'lifecycle', 'deleteAfter')),
      ])
      return days.length > 0 && days.every((each) => Number(each) >= LEAST_BACKUP_DAYS)
        ? undefined
        : `backups and their copies must be kept ${LEAST_BACKUP_DAYS} days at least`
    },
  },
  {
    id: 'backup.copied',
    kinds: [PLAN],
    reads: [],
    fault: ({ rules }) =>
      list(rules).length > 0 && list(rules).every((rule) => list(read(rule, 'copyActions')).length > 0)
        ? undefined
        : 'every backup must be copied into the second region',
  },
  {
    id: 'backup.residency',
    kinds: [PLAN],
    reads: ['rules'],
    fault: ({ rules }, { target }) => {
      const copies = list(rules).flatMap((rule) => list(read(rule, 'copyActions')))
      const outside = copies.filter(
        (copy) => String(read(copy, 'destinationVaultArn')).split(':')[3] !== target.replicaRegion,
      )
      return outside.length > 0 ? `copies may lie in ${target.replicaRegion} only` : undefined
    },
  },
]

/** A locked vault in both regions, and a selection that says what is backed up. */
export const backedUp: StackRule = {
  id: 'backup.complete',
  *check(resources, { inputs, target, leaving }) {
    for (const region of [inputs.region, target.replicaRegion])
      for (const kind of leaving ? [VAULT] : [VAULT, LOCK])
        if (!ofKind(resources, kind).some((each) => each.inputs['region'] === region))
          yield { urn: kind, fault: `none in ${region}` }
    const selections = ofKind(resources, 'aws:backup/selection:Selection')
    if (!selections.some((each) => list(each.inputs['resources']).length > 0))
      yield { urn: PLAN, fault: 'nothing is backed up' }
  },
}
