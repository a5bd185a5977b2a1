import type { StackInputs } from '../stack-program.ts'
import type { AwsTarget } from './aws-target.ts'

/** Tags that everything of a stack carries: the sweep finds by the first what is left of a tenant. */
export const TENANT_TAG = 'steward:tenant'
export const UNIT_TAG = 'steward:unit'
export const PLAN_TAG = 'steward:plan'
export const RESIDENCY_TAG = 'steward:residency'
export const MANAGER_TAG = 'steward:managed-by'
export const STACK_TAGS = [TENANT_TAG, UNIT_TAG, PLAN_TAG, RESIDENCY_TAG, MANAGER_TAG] as const

export const SIDES = ['first', 'second'] as const
export type Side = (typeof SIDES)[number]

/** A region of a stack: what resources in it are called, how they are tagged, and how ARNs of it are written. */
export type Place = {
  /** Sides are named by where they are, never by what they do: which database is the primary changes with every failover. */
  side: Side
  region: string
  account: string
  partition: string
  /** Path of the stack's roles: asked for by it, AWS lists those of this tenant only. */
  iamPath: string
  /** The stack is to be destroyed: what guards it is let go, so that AWS and the engine allow it. */
  leaving: boolean
  /** The name of the stack's part, for example `steward-acme-nodes`; 64 long at most. */
  name: (part?: string) => string
  tags: (part?: string) => Record<string, string>
  /** `arn:aws:<service>:<region>:<account>:<rest>` */
  arn: (service: string, rest: string) => string
}

export const stackName = (tenant: string): string => `steward-${tenant}`
export const iamPathOf = (tenant: string): string => `/steward/${tenant}/`

/** Which of AWS's separate clouds a region belongs to. */
const partitionOf = (region: string): string =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'

/** The place of a side of a stack: the first is the stack's region, the second that of the replica. */
export function placeOf(
  side: Side,
  inputs: StackInputs,
  { account, replicaRegion }: AwsTarget,
  leaving = false,
): Place {
  const region = side === 'first' ? inputs.region : replicaRegion
  const partition = partitionOf(region)
  const name = (part?: string) => [stackName(inputs.tenant), part].filter(Boolean).join('-')
  return {
    side,
    region,
    account,
    partition,
    iamPath: iamPathOf(inputs.tenant),
    leaving,
    name,
    tags: (part) => ({
      [TENANT_TAG]: inputs.tenant,
      [UNIT_TAG]: inputs.unit,
      [PLAN_TAG]: inputs.plan,
      [RESIDENCY_TAG]: [...inputs.residency].sort().join(' '),
      [MANAGER_TAG]: 'steward',
      Name: name(part),
    }),
    arn: (service, rest) => `arn:${partition}:${service}:${region}:${account}:${rest}`,
  }
}
