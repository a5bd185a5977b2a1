import { ComponentResource, type Output } from '@pulumi/pulumi'
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

/** Connections that each database of the pair takes. */
const CONNECTIONS: Readonly<Record<StackSize, number>> = { small: 50, medium: 100, large: 200 }
/** A slug that leaves room for the longest suffix in the 40 characters of a resource's name. */
const TENANT = /^[a-z][a-z0-9-]{0,30}$/

/** Throws `stack.invalid` naming the input before any resource is registered. */
function checkInputs(inputs: StackInputs, target: LocalTarget): void {
  const refuse = (field: string, rule: string): never => {
    throw stackProblems['stack.invalid']({ detail: `${field}: ${rule}`, extra: { field, rule } })
  }
  if (!TENANT.test(inputs.tenant))
    refuse('tenant', 'must begin with a letter and have at most 31 of a to z, 0 to 9 and hyphens')
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

/** The program that makes a dedicated stack of resources of the estate. */
export const localProgram =
  (target: LocalTarget): StackProgram =>
  (inputs) => {
    checkInputs(inputs, target)
    return new LocalStack(inputs.tenant, { inputs, target }).stack
  }

class LocalStack extends ComponentResource {
  readonly stack: { [Name in keyof StackOutputs]: Output<string> }

  constructor(name: string, { inputs, target }: { inputs: StackInputs; target: LocalTarget }) {
    super('steward:local:Stack', name, {}, {})
    const child = { parent: this }
    const kept = { parent: this, protect: true } // losing either is losing the tenant's data
    const key = new Key(`${name}-key`, { name: `${name}-key`, generation: target.keyGeneration ?? 1 }, kept)
    const database = new PostgresCluster(
      `${name}-database`,
      { name: `${name}-database`, standbys: 1, maxConnections: CONNECTIONS[inputs.size] },
      kept,
    )
    const cluster = new KubernetesCluster(
      `${name}-cluster`,
      { name: `${name}-cluster`, version: target.kubernetes, nodes: 1 },
      child,
    )
    const store = new BackupStore(`${name}-backups`, { name: `${name}-backups`, residency: inputs.region }, child)
    const address = (member: string) => database.outputs.apply((at) => `${at['host']}:${at[member]}`)
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
