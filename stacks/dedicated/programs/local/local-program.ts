import { ComponentResource, interpolate, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import type { FieldFault } from '../../../../control-plane/domain/problem.ts'
import { commonFaults, fault, refuseFaults } from '../input-faults.ts'
import { type StackInputs, type StackOutputs, type StackProgram, type StackSize } from '../stack-program.ts'
import { BackupStore, Key, KubernetesCluster, PostgresCluster } from './local-resources.ts'
import type { LocalTarget } from './local-target.ts'
import { resourceName } from './resource-name.ts'

/** Connections that each database of the pair takes. */
const CONNECTIONS: Readonly<Record<StackSize, number>> = { small: 50, medium: 100, large: 200 }

/** Throws `stack.invalid`, which names every faulty field, before any resource is registered. */
export function checkLocalInputs(inputs: StackInputs, target: LocalTarget): void {
  refuseFaults([...commonFaults(inputs), ...localFaults(inputs, target)])
}

function* localFaults({ region, versions }: StackInputs, target: LocalTarget): Generator<FieldFault> {
  if (region !== target.region) yield fault('region', 'target', `must be ${target.region}, the one that this estate is`)
  const kubernetes = target.kubernetes.split('.').slice(0, 2).join('.')
  if (versions.kubernetes !== kubernetes)
    yield fault('versions/kubernetes', 'target', `must be ${kubernetes}, which this estate runs`)
  if (versions.postgres !== target.postgres)
    yield fault('versions/postgres', 'target', `must be ${target.postgres}, which this machine has`)
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
