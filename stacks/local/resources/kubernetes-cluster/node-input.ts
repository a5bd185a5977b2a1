/** By this variable the program gets its input, so that the process list shows what it is without a page of JSON. */
export const NODE_INPUT = 'STEWARD_CLUSTER_NODE'

/** What the program with node and gateway of one cluster is told. Paths and numbers; no secret. */
export type NodeInput = {
  /** Of the Node object. */
  name: string
  home: string
  /** Where the other nodes of the estate remember their addresses. */
  estate: { node: string; resources: string }
  kubeconfig: string
  gatewayKubeconfig: string
  images: readonly string[]
  runAs?: { uid: number; gid: number }
  gatewayPort: number
  /** Says how it is, what it runs and what it measures. */
  port: number
  /** The token for the latter two. */
  tokenFile: string
}
