import { ModifyDBInstanceCommand, type DBInstance } from '@aws-sdk/client-rds'
import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import type { AwsClients } from './aws-clients.ts'
import { ask, awaitAws, type AwsLink, type Patience } from './aws-link.ts'
import { awsProblems, isAws } from './aws.errors.ts'
import { findInstance, type DatabaseAddress } from './database-pair.ts'

/** `rotation` is a uuid: the same one again goes on with what an earlier attempt began. */
export type MasterPasswordChange = { database: DatabaseAddress; secretId: string; rotation: string }

const PATIENCE: Patience = { everyMs: 5_000, withinMs: 1_800_000 }
const PENDING = 'AWSPENDING'
const CURRENT = 'AWSCURRENT'
/** What RDS takes in a password; '/', '"', '@' and blanks it does not. */
const PASSWORD = { PasswordLength: 40, ExcludePunctuation: true, RequireEachIncludedType: true }

/**
 * Gives the database a master password that only Secrets Manager holds. The new one is kept first and set after, so that no moment
 * knows a database whose password is nowhere; it is pending until all is done. Killed anywhere and called again with the same
 * `rotation`, it ends the same. Throws Problems of `awsProblems`; the password is in none of them.
 */
export async function changeMasterPassword(
  clients: AwsClients,
  change: MasterPasswordChange,
  link: AwsLink,
  patience: Patience = PATIENCE,
): Promise<void> {
  const { database, rotation } = change
  const instance = await settled(clients, database, link, patience)
  const begun = (await stagesOf(clients, change, link)).get(rotation)
  // current alone says nothing: Secrets Manager makes the very first version current as soon as it is there
  if (begun && !begun.includes(PENDING)) return
  if (!begun) await keepNewPassword(clients, change, instance, link)
  await setPassword(clients, change, link)
  await settled(clients, database, link, patience)
  const stages = await stagesOf(clients, change, link)
  const current = [...stages].find(([, names]) => names.includes(CURRENT))?.[0]
  if (current !== rotation)
    await moveStage(clients, change, link, { stage: CURRENT, to: rotation, ...(current ? { from: current } : {}) })
  await moveStage(clients, change, link, { stage: PENDING, from: rotation })
}

type Options = { abortSignal: AbortSignal }
const secretsCall = <T>(
  clients: AwsClients,
  { database, secretId }: MasterPasswordChange,
  what: string,
  link: AwsLink,
  call: (secrets: ReturnType<AwsClients['in']>['secrets'], options: Options) => Promise<T>,
): Promise<T> =>
  ask(`${what} in ${secretId}`, link, (abortSignal) => call(clients.in(database.region).secrets, { abortSignal }), true)

/** The database once nothing about it is being changed. */
const settled = (
  clients: AwsClients,
  database: DatabaseAddress,
  link: AwsLink,
  patience: Patience,
): Promise<DBInstance> =>
  awaitAws(`database ${database.id}`, link, patience, async () => {
    const instance = await findInstance(clients, database, link)
    if (!instance) throw awsProblems['aws.not-found']({ detail: `database ${database.id} in ${database.region}` })
    const { DBInstanceStatus: status = 'unknown', PendingModifiedValues: pending } = instance
    if (pending?.MasterUserPassword !== undefined) return { seen: 'its password is being changed' }
    return status === 'available' ? { done: instance } : { seen: status }
  })

/** Versions of the secret with the stages each is in. */
async function stagesOf(
  clients: AwsClients,
  change: MasterPasswordChange,
  link: AwsLink,
): Promise<Map<string, string[]>> {
  const { VersionIdsToStages = {} } = await secretsCall(
    clients,
    change,
    'describe the versions',
    link,
    (secrets, options) => secrets.send(new DescribeSecretCommand({ SecretId: change.secretId }), options),
  )
  return new Map(Object.entries(VersionIdsToStages))
}

const moveStage = (
  clients: AwsClients,
  change: MasterPasswordChange,
  link: AwsLink,
  { stage, from, to }: { stage: string; from?: string; to?: string },
) =>
  secretsCall(clients, change, `move ${stage}`, link, (secrets, options) =>
    secrets.send(
      new UpdateSecretVersionStageCommand({
        SecretId: change.secretId,
        VersionStage: stage,
        ...(from ? { RemoveFromVersionId: from } : {}),
        ...(to ? { MoveToVersionId: to } : {}),
      }),
      options,
    ),
  )

async function keepNewPassword(
  clients: AwsClients,
  change: MasterPasswordChange,
  instance: DBInstance,
  link: AwsLink,
): Promise<void> {
  const { RandomPassword: password } = await secretsCall(clients, change, 'make a password', link, (secrets, options) =>
    secrets.send(new GetRandomPasswordCommand(PASSWORD), options),
  )
  const login = {
    username: instance.MasterUsername,
    password,
    host: instance.Endpoint?.Address,
    port: instance.Endpoint?.Port,
    // another database of the same name is known by it: the password is not that one's
    resource: instance.DbiResourceId,
  }
  const kept = new PutSecretValueCommand({
    SecretId: change.secretId,
    ClientRequestToken: change.rotation,
    SecretString: JSON.stringify(login),
    VersionStages: [PENDING],
  })
  await secretsCall(clients, change, 'keep the new password', link, (secrets, options) =>
    secrets.send(kept, options),
  ).catch((error: unknown) => {
    if (!isAws(error, 'aws.exists')) throw error // kept by an earlier attempt whose answer was lost
  })
}

async function setPassword(clients: AwsClients, change: MasterPasswordChange, link: AwsLink): Promise<void> {
  const { SecretString: text = '' } = await secretsCall(
    clients,
    change,
    'read the new password',
    link,
    (secrets, options) =>
      secrets.send(new GetSecretValueCommand({ SecretId: change.secretId, VersionId: change.rotation }), options),
  )
  const password = passwordIn(text)
  if (password === undefined)
    throw awsProblems['aws.foreign']({
      detail: `version ${change.rotation} of ${change.secretId} was not written here`,
    })
  const { region, id } = change.database
  const command = new ModifyDBInstanceCommand({
    DBInstanceIdentifier: id,
    MasterUserPassword: password,
    ApplyImmediately: true,
  })
  const send = (abortSignal: AbortSignal) => clients.in(region).rds.send(command, { abortSignal })
  await ask(`set the master password of ${id}`, link, send, true)
}

/** Without the parser's own error, which quotes what it cannot read. */
function passwordIn(text: string): string | undefined {
  try {
    const login: unknown = JSON.parse(text)
    const password = typeof login === 'object' && login !== null && 'password' in login ? login.password : undefined
    return typeof password === 'string' && password !== '' ? password : undefined
  } catch {
    return undefined
  }
}
