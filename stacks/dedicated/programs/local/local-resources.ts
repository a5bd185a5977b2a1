import { CustomResource, type CustomResourceOptions, type Input, type Output } from '@pulumi/pulumi'

/** What the estate says of a resource once it is there: addresses and paths of files. */
type Outputs = Output<Readonly<Record<string, string | number>>>
type Arguments = Readonly<Record<string, Input<string> | Input<number>>>

class LocalResource extends CustomResource {
  declare readonly outputs: Outputs

  constructor(type: string, name: string, args: Arguments, options: CustomResourceOptions) {
    super(`steward:local:${type}`, name, { ...args, outputs: undefined }, options)
  }

  /** One of its outputs, as text; empty while it is not known. */
  output(name: string): Output<string> {
    return this.outputs.apply((outputs) => String(outputs[name] ?? ''))
  }
}

/** A Kubernetes control plane with a node of its own. */
export class KubernetesCluster extends LocalResource {
  constructor(
    name: string,
    args: { name: Input<string>; version: Input<string>; nodes: Input<number> },
    options: CustomResourceOptions,
  ) {
    super('KubernetesCluster', name, args, options)
  }
}

/** A PostgreSQL primary and its standbys. Which is which changes, and is no input. */
export class PostgresCluster extends LocalResource {
  constructor(
    name: string,
    args: { name: Input<string>; standbys: Input<number>; maxConnections: Input<number> },
    options: CustomResourceOptions,
  ) {
    super('PostgresCluster', name, args, options)
  }
}

/** An encryption key; a higher generation rotates it. */
export class Key extends LocalResource {
  constructor(name: string, args: { name: Input<string>; generation: Input<number> }, options: CustomResourceOptions) {
    super('Key', name, args, options)
  }
}

/** A place for exports and backups. */
export class BackupStore extends LocalResource {
  constructor(name: string, args: { name: Input<string>; residency: Input<string> }, options: CustomResourceOptions) {
    super('BackupStore', name, args, options)
  }
}
