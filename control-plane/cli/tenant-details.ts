import type { Command } from 'commander'

/** What people note about a tenant, as options give it. */
export type Details = { name?: string; externalId?: string; contact?: string; notes?: string }

/** What every command that makes a tenant offers. */
export const withDetails = (command: Command): Command =>
  command
    .option('--name <text>', 'name for people')
    .option('--external-id <id>', 'id in your CRM or billing')
    .option('--contact <email>', 'whom to write to')
    .option('--notes <text>')
