import { ComponentResource, interpolate, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import { SLUG_MAX, SLUG_PATTERN } from '../../../../control-plane/domain/slug.ts'
import { stackProblems } from '../stack.errors.ts'
import {
  STACK_SIZES,
  type StackInputs,
  type StackOutputs,
  type StackProgram,
  type StackSize,
} from '../stack-program.ts'
import { BackupStore, Key, KubernetesCluster, PostgresCluster } from './local-resources.ts'
import type { LocalTarget } from './local-target.ts'
import { resourceName } from './resource-name.ts'

/** Connections that each database of the pair takes. */
const CONNECTIONS: Readonly<Record<StackSize, number>> = { small: 50, medium: 100, large: 200 }

/** Throws `stack.invalid` naming the input before any resource is registered. */
export function checkLocalInputs(inputs: StackInputs, target: LocalTarget): void {
  const refuse = (field: string, rule: string): never => {
    throw stackProblems['stack.invalid']({ detail: `${field}: ${rule}`, extra: { field, rule } })
  }
  if (!new RegExp(SLUG_PATTERN).test(inputs.tenant) || inputs.tenant.length > SLUG_MAX)
    refuse('tenant', `must be a slug of at most ${SLUG_MAX} characters`)
  if (inputs.region !== target.region) refuse('region', `must be ${target.region}, the one that this estate is`)
  if (!inputs.residency.includes(inputs.region))
    refuse('residency', `must hold ${inputs.region}, where the stack stands`)
  if (!STACK_SIZES.includes(inputs.size)) refuse('size', `must be one of ${STACK_SIZES.join(', ')}`)
  const { kubernetes, postgres } = inputs.versions
  if (!target.kubernetes.startsWith(`${kubernetes}.`)) {
    refuse(
      'versions.kubernetes',
      `must be ${target.kubernetes.split('.').slice(0, 2).join('.')}, which this estate runs`,
    )
  }
  if (postgres !== target.postgres) refuse('versions.postgres', `must be ${target.postgres}, which this machine has`)
}

/** The program that makes a dedicated stack of resources of the estate; `options` reach everything that it makes. */
export const localProgram =
  (target: LocalTarget, options: ComponentResourceOptions = {}): StackProgram =>
  (inputs) => {
    checkLocalInputs(inputs, target)
    return new LocalStack(inputs.tenant, { inputs, target }, options).stack
  }

class LocalStack extends ComponentResource {
  readonly stack: { [Name in keyof StackOutputs]: Output<string> }

  constructor(
    name: string,
    { inputs, target }: { inputs: StackInputs; target: LocalTarget },
    options: ComponentResourceOptions,
  ) {
    super('steward:local:Stack', name, {}, options)
    const child = { parent: this }
    const kept = { parent: this, protect: true } // losing either is losing the tenant's data
    const names = {
      key: resourceName(inputs.tenant, 'key'),
      db: resourceName(inputs.tenant, 'db'),
      cluster: resourceName(inputs.tenant, 'cluster'),
      backups: resourceName(inputs.tenant, 'backups'),
    }
    const key = new Key(names.key, { name: names.key, generation: target.keyGeneration ?? 1 }, kept)
    const database = new PostgresCluster(
      names.db,
      { name: names.db, standbys: 1, maxConnections: CONNECTIONS[inputs.size] },
      kept,
    )
    const cluster = new KubernetesCluster(
      names.cluster,
      { name: names.cluster, version: target.kubernetes, nodes: 1 },
      child,
    )
    const store = new BackupStore(names.backups, { name: names.backups, residency: inputs.region }, child)
    const address = (member: string) => interpolate`${database.output('host')}:${database.output(member)}`
    this.stack = {
      cluster: cluster.output('kubeconfig'),
      clusterEndpoint: cluster.output('server'),
      databasePrimary: address('postgres-1'),
      databaseStandby: address('postgres-2'),
      databaseSecret: database.output('adminUrlFile'),
      key: key.output('dataKeyPath'),
      backupStore: store.output('objectsPath'),
    }
    this.registerOutputs(this.stack)
  }
}
