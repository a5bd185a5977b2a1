import type { Output } from '@pulumi/pulumi'

/** What the stack of a dedicated tenant is asked for; the same for every target. */
export type StackInputs = {
  /** Slug of the tenant: names and tags are derived from it. */
  tenant: string
  unit: string
  plan: string
  size: StackSize
  /** Where it stands, and where else its data may lie, both as the target names its regions; pinned at creation. */
  region: string
  residency: readonly string[]
  versions: StackVersions
}
/** Minor version of Kubernetes (`1.35`) and major version of PostgreSQL (`17`). */
export type StackVersions = { kubernetes: string; postgres: string }

export const STACK_SIZES = ['small', 'medium', 'large'] as const
export type StackSize = (typeof STACK_SIZES)[number]

/** What a stack is afterwards: addresses and names, never secrets. Kept in the state, read by the steps that come after. */
export type StackOutputs = {
  /** Name or kubeconfig of the cluster, as the target hands out access, and the address of its API server. */
  cluster: string
  clusterEndpoint: string
  /** `host:port` of both databases as they were made; which of them is the primary now is observed, not remembered. */
  databasePrimary: string
  databaseStandby: string
  /** Where the login of the database's administrator is kept. */
  databaseSecret: string
  /** The tenant's encryption key. */
  key: string
  /** Where its backups lie. */
  backupStore: string
}

/** A program declares its resources and returns what they will be. Bad inputs throw `stack.invalid` before the first resource. */
export type StackProgram = (inputs: StackInputs) => { [Name in keyof StackOutputs]: Output<string> }
