/** Where stacks are made on AWS: settings of a region of the plane, the same for each of its stacks. Names and ARNs, never secrets. */
export type AwsTarget = {
  /** The only account in which anything may be made. */
  account: string
  /** Zones of the stack's region for nodes and database, two at least. */
  zones: readonly string[]
  /** Where the second database and the copies of backups lie; inside the residency of every stack. */
  replicaRegion: string
  replicaZones: readonly string[]
  /** Networks that may reach the API server of a cluster; empty: its endpoint is private, and the plane has a way into the VPC. */
  apiNetworks: readonly string[]
  /** Role of the worker, and the read-only one of the sweeper, both outside the stack. */
  workerRoleArn: string
  sweeperRoleArn: string
}
