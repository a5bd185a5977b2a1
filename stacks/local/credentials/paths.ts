import { join } from 'node:path'

/** The name of the shared cluster's node. */
export const NODE_NAME = 'local'

/** Who may call what in a cluster; each name is one file `<name>.kubeconfig`. */
export const clusterClients = (node: string) =>
  ({
    /** The estate's own hands: CRDs, roles and the gateway class. */
    admin: { commonName: 'steward-estate', organizations: ['system:masters'] },
    'controller-manager': { commonName: 'system:kube-controller-manager' },
    scheduler: { commonName: 'system:kube-scheduler' },
    worker: { commonName: 'steward-worker', organizations: ['steward:worker'] },
    /** The API's: hands out tenants' tokens, and can do nothing else. */
    access: { commonName: 'steward-access', organizations: ['steward:access'] },
    sweep: { commonName: 'steward-sweep', organizations: ['steward:sweep'] },
    /** A kubelet's name: the Node authorizer lets it read just what pods bound to this node refer to. */
    node: { commonName: `system:node:${node}`, organizations: ['system:nodes'] },
    gateway: { commonName: 'steward-gateway', organizations: ['steward:gateway'] },
    /** Watches what network policies follow from; only where pods run in containers. */
    policies: { commonName: 'steward-policies', organizations: ['steward:policies'] },
  }) as const satisfies Record<string, { commonName: string; organizations?: readonly string[] }>
export type ClusterClient = keyof ReturnType<typeof clusterClients>

/** The API server as a kubelet's client. */
export const KUBELET_API = { commonName: 'steward-kube-apiserver' } as const

/** Database logins; each name is one file `<name>.url`. */
export const DATABASE_LOGINS = {
  'plane-admin': { cluster: 'plane-db', role: 'steward_admin', database: 'postgres' },
  'plane-owner': { cluster: 'plane-db', role: 'steward_owner', database: 'steward' },
  'plane-operator': { cluster: 'plane-db', role: 'steward_operator', database: 'steward' },
  'plane-worker': { cluster: 'plane-db', role: 'steward_worker', database: 'steward' },
  'plane-member': { cluster: 'plane-db', role: 'steward_member', database: 'steward' },
  'products-admin': { cluster: 'products-db', role: 'steward_admin', database: 'postgres' },
  'products-sweep': { cluster: 'products-db', role: 'steward_sweep', database: 'postgres' },
} as const
export type DatabaseLogin = keyof typeof DATABASE_LOGINS

/** Bearer tokens; each name is one file `<name>.token`. */
export const TOKENS = ['daemon', 'edge', 'edge-sweep', 'discovery', 'resources', 'resources-sweep', 'keys'] as const
export type TokenName = (typeof TOKENS)[number]

/** Where each credential of an estate is. */
export const credentialPaths = (folder: string) => ({
  folder,
  secrets: join(folder, 'secrets.json'),
  /** Seals the private signing keys in the plane's database. */
  sealingKey: join(folder, 'sealing.key'),
  /** Seals secrets in the states of dedicated stacks. */
  stackPassphrase: join(folder, 'stacks.passphrase'),
  /** The first administrator's token, written by `ensure-token`. */
  operatorToken: join(folder, 'operator.token'),
  kubeconfig: (name: ClusterClient) => join(folder, `${name}.kubeconfig`),
  url: (name: DatabaseLogin) => join(folder, `${name}.url`),
  token: (name: TokenName) => join(folder, `${name}.token`),
  certificate: (name: string) => join(folder, `${name}.crt`),
  key: (name: string) => join(folder, `${name}.key`),
})
export type CredentialPaths = ReturnType<typeof credentialPaths>
