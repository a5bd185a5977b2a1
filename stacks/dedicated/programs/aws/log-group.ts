import { LogGroup } from '@pulumi/aws/cloudwatch/logGroup.js'
import type { CustomResourceOptions, Input } from '@pulumi/pulumi'
import { LOG_RETENTION_DAYS } from './log-groups.ts'
import type { Place } from './place.ts'

/** A log of the stack, encrypted with its key. Made before the service that writes it, which would make one without key and end. */
export const logGroup = (
  name: string,
  group: { at: Place; logName: string; keyArn: Input<string> },
  options: CustomResourceOptions,
): LogGroup =>
  new LogGroup(
    name,
    {
      region: group.at.region,
      name: group.logName,
      kmsKeyId: group.keyArn,
      retentionInDays: LOG_RETENTION_DAYS,
      tags: group.at.tags('log'),
    },
    options,
  )
