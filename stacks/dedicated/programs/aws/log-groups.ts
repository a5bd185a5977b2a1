import type { Place } from './place.ts'

/** Names of a stack's logs; AWS chooses those of its own services. */
export const logGroupNames = (at: Place) => ({
  flow: `/steward/${at.name()}/flow`,
  cluster: `/aws/eks/${at.name()}/cluster`,
  database: (instance: string) => `/aws/rds/instance/${instance}/postgresql`,
})

/** How long logs are kept, in days. */
export const LOG_RETENTION_DAYS = 90
