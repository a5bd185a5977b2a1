import { Alias } from '@pulumi/aws/kms/alias.js'
import { Key } from '@pulumi/aws/kms/key.js'
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import { keyPolicy } from './key-policy.ts'
import type { Place } from './place.ts'

/** Days between the order to delete a key and its end: the longest that AWS offers. */
const DELETION_WINDOW_DAYS = 30

export type TenantKeyArgs = { at: Place; logGroups: readonly string[] }

/** A tenant's encryption key in one region. Protected: losing it is losing the tenant's data. */
export class TenantKey extends ComponentResource {
  readonly arn: Output<string>

  constructor(name: string, { at, logGroups }: TenantKeyArgs, options?: ComponentResourceOptions) {
    super('steward:aws:TenantKey', name, {}, options)
    const key = new Key(
      `${name}-key`,
      {
        region: at.region,
        description: `Data of ${at.name()} in ${at.region}`,
        enableKeyRotation: true,
        deletionWindowInDays: DELETION_WINDOW_DAYS,
        policy: keyPolicy(at, logGroups),
        tags: at.tags('key'),
      },
      { parent: this, protect: true },
    )
    new Alias(
      `${name}-alias`,
      { region: at.region, name: `alias/${at.name()}`, targetKeyId: key.keyId },
      { parent: this },
    )
    this.arn = key.arn
    this.registerOutputs({ arn: this.arn })
  }
}
