/** What of the cluster's objects decides who may connect to whom, as it is on the wire (networking.k8s.io/v1). */
export type LabelSelector = {
  matchLabels?: Readonly<Record<string, string>>
  matchExpressions?: readonly { key: string; operator: Operator; values?: readonly string[] }[]
}
export type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
export type Protocol = 'TCP' | 'UDP' | 'SCTP'
export type Direction = 'Ingress' | 'Egress'

export type Peer = {
  podSelector?: LabelSelector
  namespaceSelector?: LabelSelector
  ipBlock?: { cidr: string; except?: readonly string[] }
}
/** `port` is a number or a name that each pod gives a port of its own. */
export type PolicyPort = { protocol?: Protocol; port?: number | string; endPort?: number }
export type PolicyRule = { from?: readonly Peer[]; to?: readonly Peer[]; ports?: readonly PolicyPort[] }
export type NetworkPolicy = {
  metadata?: { name?: string; namespace?: string; uid?: string; resourceVersion?: string }
  spec?: {
    podSelector?: LabelSelector
    policyTypes?: readonly Direction[]
    ingress?: readonly PolicyRule[]
    egress?: readonly PolicyRule[]
  }
}

export type NamedPort = { name: string; protocol: Protocol; port: number }
/** A pod that is or may be running, with an address of its own on the pods' network. */
export type PolicyPod = {
  namespace: string
  name: string
  address: string
  labels: Readonly<Record<string, string>>
  ports: readonly NamedPort[]
}
/** Everything that the rules follow from. */
export type World = {
  pods: readonly PolicyPod[]
  /** Labels of each namespace. */
  namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>
  policies: readonly NetworkPolicy[]
}
