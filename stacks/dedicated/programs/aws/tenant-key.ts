import { Alias } from '@pulumi/aws/kms/alias.js'
import { Key } from '@pulumi/aws/kms/key.js'
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import { keyPolicy, type KeyPolicyArgs } from './key-policy.ts'

/** Days between the order to delete a key and its end: the longest that AWS offers. */
const DELETION_WINDOW_DAYS = 30

/** A tenant's encryption key in one region. Protected: losing it is losing the tenant's data. */
export class TenantKey extends ComponentResource {
  readonly arn: Output<string>

  constructor(name: string, args: KeyPolicyArgs, options?: ComponentResourceOptions) {
    super('steward:aws:TenantKey', name, {}, options)
    const { at } = args
    const key = new Key(
      `${name}-key`,
      {
        region: at.region,
        description: `Data of ${at.name()} in ${at.region}`,
        enableKeyRotation: true,
        deletionWindowInDays: DELETION_WINDOW_DAYS,
        policy: keyPolicy(args),
        tags: at.tags('key'),
      },
      { parent: this, protect: !at.leaving },
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
