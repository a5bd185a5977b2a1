/** What one tenant may use of its unit: enforced by the product from the tenants file, summed by placement. */
export type Limits = {
  /** Sustained requests per second. */
  requestsPerSecond: number
  /** Requests allowed at once above the sustained rate. */
  burst: number
  /** Longest time one SQL statement may take, in milliseconds. */
  statementTimeoutMs: number
}

/** What a cell can carry: a number of tenants, and the sum of their `requestsPerSecond`. */
export type Capacity = { tenants: number; requestsPerSecond: number }
