import { SLUG_MAX } from '../../../../control-plane/domain/slug.ts'
import type { FieldFault } from '../../../../control-plane/domain/problem.ts'
import { commonFaults, fault, refuseFaults } from '../input-faults.ts'
import type { StackInputs } from '../stack-program.ts'
import type { AwsTarget } from './aws-target.ts'

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/
const CIDR = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/
const ROLE = /^arn:aws(-[a-z]+)*:iam::(\d{12}):role\/[\w+=,.@/-]+$/
/** Fewer networks than this many addresses: whoever opens a /8 to an API server has mistyped. */
const WIDEST_PREFIX = 16

/** Refuses, before the first resource, what no stack may be made of: `stack.invalid`, which names every faulty field. */
export function checkAwsInputs(inputs: StackInputs, target: AwsTarget): void {
  refuseFaults([...inputFaults(inputs), ...targetFaults(inputs, target)])
}

function* inputFaults(inputs: StackInputs): Generator<FieldFault> {
  yield* commonFaults(inputs)
  if (inputs.tenant.length > SLUG_MAX)
    yield fault(
      'tenant',
      'maxLength',
      `'${inputs.tenant}' is longer than ${SLUG_MAX}, and AWS bounds what is named after it`,
    )
  const { region, residency, versions } = inputs
  if (!REGION.test(region)) yield fault('region', 'pattern', `'${region}' is no region of AWS`)
  for (const each of residency)
    if (!REGION.test(each)) yield fault('residency', 'pattern', `'${each}' is no region of AWS`)
  if (!/^1\.\d{2}$/.test(versions.kubernetes))
    yield fault('versions/kubernetes', 'pattern', `'${versions.kubernetes}' is no minor version such as 1.35`)
  if (!/^1[5-9]$/.test(versions.postgres))
    yield fault('versions/postgres', 'pattern', `'${versions.postgres}' is no major version from 15 to 19`)
}

function* targetFaults(inputs: StackInputs, target: AwsTarget): Generator<FieldFault> {
  const { account, replicaRegion, apiNetworks } = target
  if (!/^\d{12}$/.test(account)) yield fault('target/account', 'pattern', `'${account}' is no account of twelve digits`)
  if (replicaRegion === inputs.region)
    yield fault(
      'target/replicaRegion',
      'distinct',
      `${replicaRegion} is the region of the primary; a second one is needed`,
    )
  if (!inputs.residency.includes(replicaRegion))
    yield fault(
      'target/replicaRegion',
      'residency',
      `${replicaRegion} lies outside the residency (${inputs.residency.join(', ')})`,
    )
  yield* zoneFaults('zones', target.zones, inputs.region)
  yield* zoneFaults('replicaZones', target.replicaZones, replicaRegion)
  for (const network of apiNetworks)
    if (!isNarrowNetwork(network))
      yield fault('target/apiNetworks', 'network', `${network} is no network of /${WIDEST_PREFIX} or narrower`)
  for (const name of ['workerRoleArn', 'sweeperRoleArn'] as const) {
    const owner = ROLE.exec(target[name])?.[2]
    if (owner !== account) yield fault(`target/${name}`, 'role', `'${target[name]}' is no role of account ${account}`)
  }
  if (target.workerRoleArn === target.sweeperRoleArn)
    yield fault('target/sweeperRoleArn', 'distinct', 'who sweeps must not be who destroys')
}

function* zoneFaults(name: 'zones' | 'replicaZones', zones: readonly string[], region: string): Generator<FieldFault> {
  const own = zones.filter((zone) => zone.startsWith(region) && /^[a-z]$/.test(zone.slice(region.length)))
  const foreign = zones.filter((zone) => !own.includes(zone))
  if (foreign.length > 0) yield fault(`target/${name}`, 'region', `${foreign.join(', ')} does not lie in ${region}`)
  if (new Set(own).size !== own.length)
    yield fault(`target/${name}`, 'distinct', `${own.join(', ')} names a zone twice`)
  if (new Set(own).size < 2) yield fault(`target/${name}`, 'count', `two zones at least, not ${new Set(own).size}`)
  if (own.length > MAX_ZONES) yield fault(`target/${name}`, 'count', `${MAX_ZONES} zones at most, not ${own.length}`)
}

/** As many as the network has room for, see `subnetsOf`. */
export const MAX_ZONES = 4

function isNarrowNetwork(network: string): boolean {
  const [, ...parts] = CIDR.exec(network) ?? []
  const prefix = Number(parts[4] ?? -1)
  return (
    parts.length === 5 &&
    parts.slice(0, 4).every((part) => Number(part) <= 255) &&
    prefix >= WIDEST_PREFIX &&
    prefix <= 32
  )
}
