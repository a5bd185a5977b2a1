import type { RowGauge } from '../../platform/row-gauges.ts'
import { backupSchedule } from './backups.schedule-store.ts'

/** How long ago stacks were backed up, and how often they are to be: every `everyMs`, never with 0. */
export const backupGauges = ({ everyMs }: { everyMs: number }): readonly RowGauge[] => [
  {
    name: 'steward_backup_oldest_seconds',
    description:
      'Age of the newest verified backup of the stack that was backed up longest ago, or of the stack when it never was; 0: no stack',
    read: async (tx) => [{ labels: {}, value: await backupSchedule.oldestSeconds(tx) }],
  },
  {
    name: 'steward_backup_interval_seconds',
    description:
      'How old a stack’s newest backup may become before it is backed up again; 0: only when it is asked for',
    read: async () => [{ labels: {}, value: everyMs / 1000 }],
  },
]
