import { defineProblems } from '../../control-plane/domain/problem.ts'

/** What can be wrong with an estate. The detail of each says what to do. */
export const estateProblems = defineProblems<
  | 'home.in-use'
  | 'home.foreign'
  | 'home.newer'
  | 'home.older'
  | 'home.closed'
  | 'home.running'
  | 'home.not-running'
  | 'home.taken'
  | 'backup.disturbed'
  | 'backup.exists'
  | 'backup.foreign'
  | 'backup.newer'
  | 'backup.damaged'
  | 'backup.key-missing'
  | 'backup.key-wrong'
  | 'backup.incomplete'
  | 'backup.failed'
  | 'port.in-use'
  | 'toolchain.go-missing'
  | 'toolchain.build-failed'
  | 'postgres.missing'
  | 'containers.unavailable'
  | 'server.failed'
  | 'server.unknown'
  | 'server.not-running'
  | 'server.cannot'
  | 'estate.failed'
  | 'estate.stopped'
  | 'estate.token-missing'
  | 'resource.invalid'
  | 'resource.unknown'
  | 'resource.kind-unknown'
  | 'resource.foreign'
  | 'resource.replace-needed'
  | 'resource.deleting'
  | 'resource.ports-exhausted'
  | 'configuration.invalid'
  | 'reset.unconfirmed'
>({
  'home.in-use': { status: 409, retryable: false, title: 'The home belongs to a running estate' },
  'home.foreign': { status: 409, retryable: false, title: 'The folder holds something that is not an estate' },
  'home.newer': { status: 409, retryable: false, title: 'The estate was written by a newer Steward' },
  'home.older': { status: 409, retryable: false, title: 'The estate was written by an older Steward' },
  'home.closed': { status: 409, retryable: false, title: 'The home cannot be reached by the unprivileged account' },
  'home.running': { status: 409, retryable: false, title: 'The estate is running' },
  'home.not-running': { status: 409, retryable: false, title: 'The estate is not running' },
  'home.taken': { status: 409, retryable: false, title: 'The home is not empty' },
  'backup.disturbed': {
    status: 503,
    retryable: true,
    title: 'The worker ran again before the backup was taken; take it again',
  },
  'backup.exists': { status: 409, retryable: false, title: 'There is a file of that name' },
  'backup.foreign': { status: 400, retryable: false, title: 'The file is no backup of an estate' },
  'backup.newer': { status: 409, retryable: false, title: 'The backup was made by a newer Steward' },
  'backup.damaged': { status: 400, retryable: false, title: 'The backup is damaged' },
  'backup.key-missing': { status: 400, retryable: false, title: 'The sealing key is missing' },
  'backup.key-wrong': { status: 400, retryable: false, title: 'The sealing key does not open the backup' },
  'backup.incomplete': { status: 409, retryable: false, title: 'Not everything can be backed up' },
  'backup.failed': { status: 500, retryable: true, title: 'The backup or restore failed' },
  'port.in-use': { status: 409, retryable: false, title: 'A port is in use' },
  'toolchain.go-missing': { status: 500, retryable: false, title: 'Go is needed to build the toolchain' },
  'toolchain.build-failed': { status: 500, retryable: true, title: 'A part of the toolchain could not be built' },
  'postgres.missing': { status: 500, retryable: false, title: 'PostgreSQL is missing' },
  'containers.unavailable': { status: 500, retryable: false, title: 'Containers cannot be run on this machine' },
  'server.failed': { status: 500, retryable: true, title: 'A server does not start' },
  'server.unknown': { status: 404, retryable: false, title: 'No such server' },
  'server.not-running': { status: 409, retryable: false, title: 'The server is not running' },
  'server.cannot': { status: 409, retryable: false, title: 'That cannot be done to this part' },
  'estate.failed': { status: 500, retryable: true, title: 'The estate does not start' },
  'estate.stopped': { status: 409, retryable: true, title: 'The estate was stopped while it started' },
  'estate.token-missing': { status: 401, retryable: false, title: 'The token is missing or wrong' },
  'resource.invalid': { status: 422, retryable: false, title: 'The resource is not valid' },
  'resource.unknown': { status: 404, retryable: false, title: 'No such resource' },
  'resource.kind-unknown': { status: 404, retryable: false, title: 'No such kind of resource' },
  'resource.foreign': { status: 409, retryable: false, title: 'The resource belongs to somebody else' },
  'resource.replace-needed': { status: 409, retryable: false, title: 'The resource cannot be changed so' },
  'resource.deleting': { status: 409, retryable: true, title: 'The resource is being deleted' },
  'resource.ports-exhausted': { status: 409, retryable: false, title: 'No port is left' },
  'configuration.invalid': { status: 400, retryable: false, title: 'The configuration is not valid' },
  'reset.unconfirmed': { status: 400, retryable: false, title: 'Not confirmed' },
})
