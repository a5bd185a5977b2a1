import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { Type, type Static, type TSchema } from 'typebox'
import { REDACTED } from './logger.ts'

const secret = { 'x-secret': true } as const
const databaseUrl = (login: string, use: string) =>
  Type.Optional(
    Type.String({
      ...secret,
      pattern: '^postgres(ql)?://',
      description: `PostgreSQL URL of the login \`${login}\`: ${use}`,
      examples: [`postgres://${login}:…@127.0.0.1:7410/steward`],
    }),
  )
const port = (fallback: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 65535, default: fallback, description })
const file = (description: string, example: string) =>
  Type.Optional(Type.String({ minLength: 1, description, examples: [example] }))

/** Everything a process can be told, under the names of the environment; each NAME also as NAME_FILE, the path of a file that holds it. */
export const ConfigSchema = Type.Object({
  DATABASE_URL: databaseUrl('steward_operator', 'the API'),
  DATABASE_WORKER_URL: databaseUrl('steward_worker', 'the worker'),
  DATABASE_OWNER_URL: databaseUrl('steward_owner', 'migrations and the administrator command, never a server'),
  STEWARD_SEALING_KEY: Type.Optional(
    Type.String({
      ...secret,
      pattern: '^[A-Za-z0-9_-]{43}$',
      description:
        '256 random bits in base64url that seal the private signing keys in the database, the same for every API and worker of an installation and kept apart from the database; to make one: `openssl rand 32 | basenc --base64url | tr -d =`',
    }),
  ),
  TEMPORAL_ADDRESS: Type.Optional(
    Type.String({
      pattern: '^[^\\s/:]+:\\d+$',
      description: 'host:port of the Temporal frontend',
      examples: ['127.0.0.1:7412'],
    }),
  ),
  TEMPORAL_NAMESPACE: Type.String({ minLength: 1, default: 'steward', description: 'Temporal namespace of the plane' }),
  STEWARD_HOST: Type.String({
    minLength: 1,
    default: '127.0.0.1',
    description: 'Address on which API and worker listen; loopback unless something in front adds TLS',
  }),
  STEWARD_PORT: port(7400, 'Port of the API; 0 takes a free one'),
  STEWARD_PUBLIC_URL: Type.String({
    pattern: '^https?://[^\\s?#@]+$',
    default: 'http://127.0.0.1:7400',
    description:
      'Address at which people reach the API; the identity provider sends browsers back to it, and links for customers begin with it',
  }),
  STEWARD_TRUSTED_PROXIES: Type.Optional(
    Type.String({
      pattern: '^[0-9A-Fa-f.:/, ]+$',
      description:
        'Addresses and networks, separated by commas, from which `X-Forwarded-For`, `-Host` and `-Proto` are believed: the ingress in front of the API, which must set all three; without it everybody behind it counts as one address',
      examples: ['10.1.0.0/16,fd00::7'],
    }),
  ),
  STEWARD_OIDC_ISSUER: Type.Optional(
    Type.String({
      pattern: '^https?://[^\\s?#@]+$',
      description: 'Identity provider (OpenID Connect) that people sign in with; without it there are tokens only',
      examples: ['https://id.example.com'],
    }),
  ),
  STEWARD_OIDC_CLIENT_ID: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'The client as which the plane is registered there: authorization code and device code',
      examples: ['steward'],
    }),
  ),
  STEWARD_OIDC_CLIENT_SECRET: Type.Optional(
    Type.String({ ...secret, minLength: 1, description: 'Its secret; left out for a public client' }),
  ),
  STEWARD_OIDC_SCOPES: Type.String({
    minLength: 1,
    default: 'openid profile email',
    description: 'What is asked of the identity provider; some want a scope for groups, too',
  }),
  STEWARD_OIDC_GROUPS_CLAIM: Type.String({ minLength: 1, default: 'groups', description: 'Claim that lists groups' }),
  STEWARD_OIDC_ROLES: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'Roles of groups, the first that fits decides; without one there is no access',
      examples: ['steward-admins=administrator,sales=sales-engineer'],
    }),
  ),
  STEWARD_SESSION_HOURS: Type.Integer({
    minimum: 1,
    maximum: 168,
    default: 12,
    description: 'A session ends after so long, however it is used',
  }),
  STEWARD_SESSION_IDLE_MINUTES: Type.Integer({
    minimum: 5,
    maximum: 10080,
    default: 60,
    description: 'A session ends when it was not used for so long',
  }),
  STEWARD_AUTH_FAILURES_PER_MINUTE: Type.Integer({
    minimum: 1,
    maximum: 10_000,
    default: 30,
    description:
      'Unknown tokens that one address, and refusals that one token or session gets in a minute; then 429 until the minute is over',
  }),
  STEWARD_WORKER_PORT: port(7404, 'Port of the worker: /healthz, /readyz, /metrics'),
  STEWARD_REGION_FILE: file(
    'JSON file `{name, target, domain, settings}` of the region this installation starts with',
    '/etc/steward/region.json',
  ),
  STEWARD_HELM: file('Path of the `helm` binary that renders charts', '/usr/local/bin/helm'),
  STEWARD_CHARTS: file(
    'Folders with the charts of registered products, searched after those of the plane; separated as in PATH',
    '/etc/steward/charts:/opt/charts',
  ),
  STEWARD_PULUMI: file('Path of the `pulumi` binary that builds dedicated stacks', '/usr/local/bin/pulumi'),
  STEWARD_POSTGRES_BIN: file(
    'Folder with `pg_dump` and `pg_restore`, of the version of the stacks’ databases or a newer one; without it none is backed up',
    '/usr/lib/postgresql/17/bin',
  ),
  STEWARD_STACK_STATE: file(
    'Folder with the states of dedicated stacks; where a bucket is named, of what a run needs while it goes on',
    '/var/lib/steward/stacks',
  ),
  STEWARD_STACK_STATE_BUCKET: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$',
      description:
        'Bucket of S3 with those states in the place of the folder, for workers on several machines; credentials are found as the SDK of AWS does (environment, profile, role of the machine)',
      examples: ['acme-steward-stacks'],
    }),
  ),
  STEWARD_STACK_STATE_BUCKET_REGION: Type.Optional(
    Type.String({ pattern: '^[a-z0-9-]+$', description: 'Region of AWS that it lies in', examples: ['eu-central-1'] }),
  ),
  STEWARD_STACK_STATE_BUCKET_PREFIX: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$',
      maxLength: 200,
      description: 'Below which everything lies in it, one for each installation that shares it',
      examples: ['production'],
    }),
  ),
  STEWARD_STACK_STATE_BUCKET_ENDPOINT: Type.Optional(
    Type.String({
      pattern: '^https?://[^\\s?#@]+$',
      description: "Its address where that is not AWS's own; it must take conditional writes",
      examples: ['https://objects.example.com'],
    }),
  ),
  STEWARD_STACK_STATE_BUCKET_KMS_KEY: file(
    'Key of KMS that encrypts what is written there; without one the bucket’s default does',
    'alias/steward-stacks',
  ),
  STEWARD_STACK_PASSPHRASE_PATH: file(
    'File with the words that seal secrets in those states; only the worker may read it',
    '/etc/steward/stacks.passphrase',
  ),
  STEWARD_CACHE: file('Folder of the tool cache', '/var/cache/steward'),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(
    Type.String({
      pattern: '^https?://[^\\s@]+$',
      description: 'Base URL of an OpenTelemetry collector (OTLP over HTTP); without it traces are exported nowhere',
      examples: ['http://127.0.0.1:4318'],
    }),
  ),
  OTEL_EXPORTER_OTLP_HEADERS: Type.Optional(
    Type.String({
      ...secret,
      pattern: '^[^=,\\s]+=[^,]*(,[^=,\\s]+=[^,]*)*$',
      description: 'What the collector wants with every request: `name=value`, more of them after commas',
      examples: ['authorization=Bearer …'],
    }),
  ),
  STEWARD_DRIFT_UNITS_PER_MINUTE: Type.Integer({
    minimum: 0,
    maximum: 600,
    default: 6,
    description: 'Units that a worker compares with their cluster in a minute at most; 0: none',
  }),
  STEWARD_DRIFT_STACK_MINUTES: Type.Integer({
    minimum: 0,
    maximum: 1440,
    default: 15,
    description: 'Minutes after which what a dedicated stack is made of is looked at again, one at a time; 0: never',
  }),
  STEWARD_ORPHAN_SWEEP_MINUTES: Type.Integer({
    minimum: 0,
    maximum: 1440,
    default: 15,
    description: 'Minutes after which a region is swept again for what belongs to nobody; 0: never',
  }),
  STEWARD_ORPHAN_AGE_MINUTES: Type.Integer({
    minimum: 1,
    maximum: 10_080,
    default: 30,
    description: 'Minutes that such a thing must have been there, seen at least twice, before it is reported',
  }),
  STEWARD_APPROVAL_HOURS: Type.Integer({
    minimum: 1,
    maximum: 720,
    default: 24,
    description: 'Hours that an operation waits for the approval of a second operator before it is cancelled',
  }),
  STEWARD_QUOTE_DAYS: Type.Integer({
    minimum: 1,
    maximum: 365,
    default: 14,
    description: 'Days that a quote can be accepted',
  }),
  STEWARD_MOVE_SOAK_HOURS: Type.Integer({
    minimum: 0,
    maximum: 720,
    default: 24,
    description:
      'Hours that a moved tenant can still go back before its old place is removed, unless the request says otherwise',
  }),
  STEWARD_TRIAL_NOTICE_DAYS: Type.Integer({
    minimum: 0,
    maximum: 90,
    default: 3,
    description: 'Days before the end of a trial from which the condition `TrialEnding` says so',
  }),
  STEWARD_KUBECONFIG_MAX_MINUTES: Type.Integer({
    minimum: 10,
    maximum: 1440,
    default: 1440,
    description: "Minutes that a tenant's kubeconfig may live at most",
  }),
  STEWARD_ATTEST_HOURS: Type.Integer({
    minimum: 0,
    maximum: 8760,
    default: 168,
    description:
      'Hours after which the isolation of a unit is measured anew; a new one is measured half a minute after the last operation on it; 0 leaves it to people',
  }),
  STEWARD_BACKUP_HOURS: Type.Integer({
    minimum: 0,
    maximum: 720,
    default: 24,
    description:
      'Hours after which the database of a dedicated stack is backed up anew; a new one is backed up ten minutes after the last operation on it; 0 leaves it to people',
  }),
  STEWARD_LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    description: 'Least severe lines that are logged',
  }),
})
export type Config = Readonly<Static<typeof ConfigSchema>>
export type ConfigName = keyof Config
/** A configuration in which the named members are surely set. */
export type ConfigWith<Needed extends ConfigName> = Config & { readonly [Name in Needed]-?: NonNullable<Config[Name]> }

const properties = ConfigSchema.properties as Record<ConfigName, TSchema & { description?: string }> // widened: read by name below
export const isSecret = (name: ConfigName): boolean => 'x-secret' in properties[name]

/** All that is wrong with a configuration, one line each. */
export class ConfigError extends Error {
  readonly code = 'configuration.invalid'
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(
      `the configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    )
    this.name = 'ConfigError'
    this.faults = faults
  }
}

const ajv = new Ajv({ coerceTypes: true, useDefaults: true, allErrors: true, strict: false })
addFormats.default(ajv)
const validate = ajv.compile(ConfigSchema)

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the configuration from an environment and freezes it. `needed` are the members this process cannot do without.
 * Throws one `ConfigError` that lists every fault with its name and what to do. Printed as a whole it shows no secret.
 */
export function loadConfig<Needed extends ConfigName = never>(
  env: Environment,
  needed: readonly Needed[] = [],
): ConfigWith<Needed> {
  const faults: string[] = []
  const values: Record<string, unknown> = {}
  for (const name of Object.keys(properties) as ConfigName[]) {
    const value = valueOf(env, name, faults)
    if (value !== undefined) values[name] = value
  }
  for (const name of needed) {
    if (values[name] === undefined && !faults.some((fault) => fault.startsWith(name))) {
      faults.push(`${name} is not set: ${properties[name].description} (or set ${name}_FILE to a file that holds it)`)
    }
  }
  const given = { ...values }
  if (!validate(values)) {
    for (const { instancePath, message } of validate.errors ?? []) {
      const name = instancePath.slice(1) as ConfigName // the schema is flat, so the path is a name
      const shown = isSecret(name) ? REDACTED : JSON.stringify(given[name])
      faults.push(`${name} is ${shown}, it ${message}: ${properties[name].description}`)
    }
  }
  faults.push(...mistypedNames(env))
  if (faults.length > 0) throw new ConfigError(faults)
  return guarded(values as ConfigWith<Needed>) // validated just now, and `needed` was checked above
}

function valueOf(env: Environment, name: ConfigName, faults: string[]): string | undefined {
  const [direct, path] = [env[name], env[`${name}_FILE`]]
  if (direct !== undefined && path !== undefined && direct !== '' && path !== '') {
    faults.push(`${name} and ${name}_FILE are both set: unset one of them`)
    return undefined
  }
  if (path === undefined || path === '') return direct === '' ? undefined : direct
  try {
    const value = readFileSync(path, 'utf8').trim()
    if (value === '') faults.push(`${name}_FILE names ${path}, which is empty: ${properties[name].description}`)
    return value === '' ? undefined : value
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    faults.push(`${name}_FILE names ${path}, which cannot be read (${reason}): make it readable for this account`)
    return undefined
  }
}

/** A mistyped name would silently mean its default; names of other programs (`STEWARD_HOME`, `STEWARD_TOKEN`) are none of ours. */
function mistypedNames(env: Environment): string[] {
  const known = Object.keys(properties).flatMap((name) => [name, `${name}_FILE`])
  return Object.keys(env).flatMap((name) => {
    const meant = known.includes(name) ? undefined : known.find((other) => oneSlipApart(name, other))
    return meant === undefined ? [] : [`${name} is not a setting: did you mean ${meant}?`]
  })
}

/** One letter missing, added or changed, or two neighbours swapped. */
function oneSlipApart(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  const same = Array.from(short).findIndex((letter, index) => letter !== long[index])
  const at = same < 0 ? short.length : same
  if (long.length !== short.length) return long.length === short.length + 1 && short.slice(at) === long.slice(at + 1)
  const swapped = short.slice(0, at) + short.slice(at + 1, at + 2) + short.slice(at, at + 1) + short.slice(at + 2)
  return at < short.length && (short.slice(at + 1) === long.slice(at + 1) || swapped === long)
}

function guarded<C extends Config>(values: C): C {
  const shown = () =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, isSecret(name as ConfigName) ? REDACTED : value]),
    )
  const hidden = (value: () => unknown) => ({ value, enumerable: false })
  Object.defineProperties(values, {
    toJSON: hidden(shown),
    [inspect.custom]: hidden(shown),
    toString: hidden(() => JSON.stringify(shown())),
  })
  return Object.freeze(values)
}
