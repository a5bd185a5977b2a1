import { isSecret } from './registered.ts'
import { isSet, list, mustBe, mustHave, ofKind, read, undeletable, type ResourceRule, type StackRule } from './rule.ts'

const INSTANCE = 'aws:rds/instance:Instance'
const PARAMETERS = 'aws:rds/parameterGroup:ParameterGroup'
/** Days of backups that every tenant is promised at least. */
const LEAST_BACKUP_DAYS = 14

const parameter = (id: string, name: string): ResourceRule => ({
  id,
  kinds: [PARAMETERS],
  reads: ['parameters'],
  fault: ({ parameters }) =>
    list(parameters).some((each) => read(each, 'name') === name && read(each, 'value') === '1')
      ? undefined
      : `${name} must be 1`,
})

export const databaseRules: readonly ResourceRule[] = [
  mustBe('database.private', [INSTANCE], { publiclyAccessible: false }),
  mustBe('database.encrypted', [INSTANCE], { storageEncrypted: true }),
  mustHave('database.own-key', [INSTANCE], 'kmsKeyId'),
  mustBe('database.kept', [INSTANCE], {
    copyTagsToSnapshot: true,
    deleteAutomatedBackups: false,
  }),
  undeletable('database.undeletable', INSTANCE),
  mustHave('database.own-parameters', [INSTANCE], 'parameterGroupName', 'dbSubnetGroupName'),
  parameter('database.tls', 'rds.force_ssl'),
  parameter('database.logical-replication', 'rds.logical_replication'),
  {
    id: 'database.insights-encrypted',
    kinds: [INSTANCE],
    reads: ['performanceInsightsEnabled'],
    fault: ({ performanceInsightsEnabled, performanceInsightsKmsKeyId }) =>
      performanceInsightsEnabled === true && isSet(performanceInsightsKmsKeyId)
        ? undefined
        : 'performance insights must be on and encrypted with the tenant’s key',
  },
  {
    id: 'database.backups',
    kinds: [INSTANCE],
    reads: ['backupRetentionPeriod'],
    fault: ({ backupRetentionPeriod: days }) =>
      typeof days === 'number' && days >= LEAST_BACKUP_DAYS
        ? undefined
        : `backupRetentionPeriod must be ${LEAST_BACKUP_DAYS} or more, not ${String(days)}`,
  },
  {
    id: 'database.logs',
    kinds: [INSTANCE],
    reads: ['enabledCloudwatchLogsExports'],
    fault: ({ enabledCloudwatchLogsExports: logs }) =>
      list(logs).includes('postgresql') ? undefined : 'its log must be exported',
  },
  {
    id: 'database.multi-zone',
    kinds: [INSTANCE],
    reads: ['multiAz'],
    fault: ({ multiAz, replicateSourceDb }) =>
      multiAz === true || isSet(replicateSourceDb) ? undefined : 'multiAz must be true',
  },
  {
    id: 'database.final-snapshot',
    kinds: [INSTANCE],
    reads: ['skipFinalSnapshot'],
    fault: ({ skipFinalSnapshot, finalSnapshotIdentifier, replicateSourceDb }) =>
      isSet(replicateSourceDb) || (skipFinalSnapshot === false && isSet(finalSnapshotIdentifier))
        ? undefined
        : 'a final snapshot must be taken',
  },
  {
    id: 'database.password-hidden',
    kinds: [INSTANCE],
    reads: [],
    fault: ({ password, passwordWo }) =>
      [password, passwordWo].every((value) => !isSet(value) || isSecret(value))
        ? undefined
        : 'a password must be a secret, or the state holds it in clear',
  },
]

/** Two databases: one in the stack's region, and its replica in the second. */
export const replicated: StackRule = {
  id: 'database.replicated',
  *check(resources, { inputs, target }) {
    const databases = ofKind(resources, INSTANCE)
    const isReplica = ({ inputs: given }: { inputs: Readonly<Record<string, unknown>> }) =>
      isSet(given['replicateSourceDb'])
    const primaries = databases.filter((each) => !isReplica(each))
    const replicas = databases.filter(isReplica)
    if (primaries.length !== 1 || primaries[0]?.inputs['region'] !== inputs.region)
      yield { urn: INSTANCE, fault: `one primary in ${inputs.region}, not ${primaries.length}` }
    if (!replicas.some(({ inputs: given }) => given['region'] === target.replicaRegion))
      yield { urn: INSTANCE, fault: `a replica in ${target.replicaRegion} is missing` }
  },
}
