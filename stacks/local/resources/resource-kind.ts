import type { FastifyInstance } from 'fastify'
import type { Target } from '../daemon/discovery.ts'
import type { EstateContext } from '../servers/context.ts'
import type { Server } from '../servers/server.ts'

/** What a resource is made from. */
export type ResourceContext = EstateContext & {
  name: string
  /** Its own folder: nobody else's to read; as root other accounts may pass through it to what is theirs below. */
  folder: string
  /** Ports by the names the kind asked for: allocated once, remembered by its record. */
  port: (name: string) => number
}

/** How a resource with inputs `before` becomes one with inputs `after`. */
export type Change = { how: 'none' | 'in-place' } | { how: 'replace'; fields: readonly string[] }

/** One kind of resource: what a cloud offers under one name. Everything here may be asked again after a crash at any moment. */
export type ResourceKind<Inputs> = {
  kind: string
  /** Checks inputs and fills defaults; throws `resource.invalid` naming the field. */
  parse: (inputs: unknown) => Inputs
  ports: readonly string[]
  /** Made before the servers start; safe to repeat: certificates, passwords, key files. */
  prepare?: (inputs: Inputs, at: ResourceContext) => Promise<void>
  /** What runs while it exists, named `<name>.<server>`; none for a key. They may need each other, and nothing else. */
  servers: (inputs: Inputs, at: ResourceContext) => readonly Server[]
  /** Addresses and paths, never secrets. Shown once everything is prepared. */
  outputs: (inputs: Inputs, at: ResourceContext) => Readonly<Record<string, string | number>>
  /** What is true now, beside the states of its servers; may throw when it cannot be said. */
  observe: (inputs: Inputs, at: ResourceContext, signal: AbortSignal) => Promise<Readonly<Record<string, unknown>>>
  change: (before: Inputs, after: Inputs) => Change
  /** Ends what servers that were killed may have left behind; called after they ended and before the folder goes. */
  clear?: (at: ResourceContext) => Promise<void>
  /** What Prometheus reads of it: pods that run there, and its own servers. */
  targets?: (at: ResourceContext, signal: AbortSignal) => Promise<{ pods: Target[]; servers: Target[] }>
  /** The token that opens its own routes and nothing else, beside the one for all resources. */
  opener?: 'keys'
  /** Routes of its own, below `/resources/<kind>/:name`: `app.post('/data-key', …)`. `find` throws `resource.unknown`. */
  routes?: (app: FastifyInstance, find: FindResource<Inputs>) => void
  /** The same for what only the token for all resources opens, whatever `opener` says. */
  ownerRoutes?: (app: FastifyInstance, find: FindResource<Inputs>) => void
}
export type FindResource<Inputs> = (name: string) => Promise<{ inputs: Inputs; at: ResourceContext }>

/** A kind among others. What it is handed as inputs came out of its own `parse`. */
export type AnyKind = ResourceKind<unknown>
export const anyKind = <Inputs>(kind: ResourceKind<Inputs>): AnyKind => kind as unknown as AnyKind
