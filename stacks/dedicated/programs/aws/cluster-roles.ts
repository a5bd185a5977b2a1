import { Role } from '@pulumi/aws/iam/role.js'
import { RolePolicyAttachment } from '@pulumi/aws/iam/rolePolicyAttachment.js'
import type { CustomResourceOptions, Input, Output } from '@pulumi/pulumi'
import type { Place } from './place.ts'

export type ServiceRoleArgs = {
  at: Place
  /** What it is for: part of its name, 15 long at most. */
  part: string
  trust: Input<string>
  /** Names of AWS's own policies. Their content is AWS's, so only those that `policy/iam-rules.ts` names are accepted. */
  managed: readonly string[]
}

/** A role with policies of AWS's, and the attachments that must be there before it is used. */
export function serviceRole(
  name: string,
  { at, part, trust, managed }: ServiceRoleArgs,
  options: CustomResourceOptions,
): { arn: Output<string>; attached: RolePolicyAttachment[] } {
  const role = new Role(
    name,
    { name: at.name(part), path: at.iamPath, assumeRolePolicy: trust, tags: at.tags(part) },
    options,
  )
  const attached = managed.map(
    (policy) =>
      new RolePolicyAttachment(
        `${name}-${policy.replaceAll('/', '-')}`,
        { role: role.name, policyArn: `arn:${at.partition}:iam::aws:policy/${policy}` },
        options,
      ),
  )
  return { arn: role.arn, attached }
}
