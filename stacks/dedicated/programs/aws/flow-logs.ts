import { FlowLog } from '@pulumi/aws/ec2/flowLog.js'
import { Role } from '@pulumi/aws/iam/role.js'
import { RolePolicy } from '@pulumi/aws/iam/rolePolicy.js'
import { ComponentResource, type ComponentResourceOptions, type Input } from '@pulumi/pulumi'
import { logGroup } from './log-group.ts'
import { logGroupNames } from './log-groups.ts'
import type { Place } from './place.ts'
import { assumedBy, policyDocument } from './policy-document.ts'

export type FlowLogsArgs = { at: Place; vpcId: Input<string>; keyArn: Input<string> }

/** Every connection of a VPC, accepted or refused, in an encrypted log that only the flow logs' own role writes. */
export class FlowLogs extends ComponentResource {
  constructor(name: string, { at, vpcId, keyArn }: FlowLogsArgs, options?: ComponentResourceOptions) {
    super('steward:aws:FlowLogs', name, {}, options)
    const child = { parent: this }
    const logName = logGroupNames(at).flow
    const group = logGroup(`${name}-log`, { at, logName, keyArn }, child)
    const role = new Role(
      `${name}-role`,
      {
        name: at.name(`flow-${at.side}`), // roles are the account's, not a region's: each side has its own
        path: at.iamPath,
        assumeRolePolicy: assumedBy('vpc-flow-logs.amazonaws.com', at.account),
        tags: at.tags('flow-logs'),
      },
      child,
    )
    const written = at.arn('logs', `log-group:${logName}`)
    new RolePolicy(
      `${name}-write`,
      {
        name: 'write',
        role: role.name,
        policy: policyDocument({
          Sid: 'Write',
          Effect: 'Allow',
          Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
          Resource: [written, `${written}:log-stream:*`],
        }),
      },
      child,
    )
    new FlowLog(
      `${name}-flow`,
      {
        region: at.region,
        vpcId,
        trafficType: 'ALL',
        logDestinationType: 'cloud-watch-logs',
        logDestination: group.arn,
        iamRoleArn: role.arn,
        maxAggregationInterval: 60,
        tags: at.tags('flow-logs'),
      },
      child,
    )
    this.registerOutputs({})
  }
}
