import { BackupClient } from '@aws-sdk/client-backup'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { EKSClient } from '@aws-sdk/client-eks'
import { IAMClient } from '@aws-sdk/client-iam'
import { KMSClient } from '@aws-sdk/client-kms'
import { RDSClient, type RDSClientConfig } from '@aws-sdk/client-rds'
import { ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

/** Who asks, and where. Without credentials the SDK's own chain finds them: environment, profile, role of the machine. */
export type AwsAccess = {
  credentials?: NonNullable<RDSClientConfig['credentials']>
  /** Another address than AWS's own, for a private endpoint or a test. */
  endpoint?: string
  /** How often a call is tried at most; throttled and failed ones are repeated after a random, growing pause. */
  attempts?: number
}

const ATTEMPTS = 8
const CONNECT_TIMEOUT_MS = 5_000
/** A call changes or tells one thing; what takes longer is asked about again. */
const ANSWER_TIMEOUT_MS = 30_000

const KINDS = {
  backup: BackupClient,
  eks: EKSClient,
  iam: IAMClient,
  kms: KMSClient,
  logs: CloudWatchLogsClient,
  metrics: CloudWatchClient,
  rds: RDSClient,
  secrets: SecretsManagerClient,
  tagging: ResourceGroupsTaggingAPIClient,
}
type Kinds = typeof KINDS
/** The clients of one region; connections are kept until `close`. */
export type AwsRegion = { readonly [Name in keyof Kinds]: InstanceType<Kinds[Name]> }
export type AwsClients = {
  in: (region: string) => AwsRegion
  close: () => void
}

/** Clients of AWS by region, each made when it is first wanted. */
export function awsClients({ credentials, endpoint, attempts = ATTEMPTS }: AwsAccess = {}): AwsClients {
  const made = new Map<string, { destroy: () => void }>()
  const settings = (region: string) => ({
    region,
    maxAttempts: attempts,
    retryMode: 'standard', // exponential, with full jitter
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: ANSWER_TIMEOUT_MS },
    ...(credentials ? { credentials } : {}),
    ...(endpoint ? { endpoint } : {}),
  })
  const client = <Name extends keyof Kinds>(region: string, name: Name): InstanceType<Kinds[Name]> => {
    const key = `${region}/${name}`
    const known = made.get(key) ?? new KINDS[name](settings(region))
    made.set(key, known)
    return known as InstanceType<Kinds[Name]> // the key says which kind it is
  }
  return {
    in: (region) => {
      const names = Object.keys(KINDS) as (keyof Kinds)[]
      const getters = names.map((name) => [name, { get: () => client(region, name), enumerable: true }])
      return Object.defineProperties({}, Object.fromEntries(getters) as PropertyDescriptorMap) as AwsRegion
    },
    close: () => {
      for (const each of made.values()) each.destroy()
      made.clear()
    },
  }
}
