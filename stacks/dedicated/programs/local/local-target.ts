/** What the estate can make of a stack. */
export type LocalTarget = {
  /** Name of the region that the estate is. */
  region: string
  /** Whole version of Kubernetes that it runs, and major version of PostgreSQL. */
  kubernetes: string
  postgres: string
  /** Rising rotates the tenant's key. */
  keyGeneration?: number
}
