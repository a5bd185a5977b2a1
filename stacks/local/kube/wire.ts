/**
 * A Kubernetes type as it is on the wire: client-node declares dates as `Date`, JSON carries text. Types only: importing
 * client-node itself costs 92 MB resident, which a daemon held to 250 MB cannot spend on four watches.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T

export type WireObject = {
  metadata?: { name?: string; namespace?: string; uid?: string; resourceVersion?: string }
}
