import { stringify } from 'yaml'
import { INSIDE, SOCKET } from './containerd-config.ts'
import type { ContainerNetwork } from './network.ts'

/** Credential files as the node's namespaces show them. */
const credential = (name: string): string => `${INSIDE}/credentials/${name}`

/** The kubelet's configuration: limits enforced, nothing of the machine changed, listening on the bridge alone. */
export const kubeletConfig = (network: ContainerNetwork, port: number): string =>
  stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: network.gateway,
    port,
    readOnlyPort: 0,
    healthzPort: 0,
    tlsCertFile: credential('kubelet.crt'),
    tlsPrivateKeyFile: credential('kubelet.key'),
    authentication: { anonymous: { enabled: false }, x509: { clientCAFile: credential('cluster-ca.crt') } },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: `unix://${SOCKET}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${network.name}`,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0, // -999 takes CAP_SYS_RESOURCE
    protectKernelDefaults: true, // else it sets them for the whole machine; see toolchain/node-host
    makeIPTablesUtilChains: false,
    resolvConf: '', // pods reach nothing that a name server of this machine knows
    podLogsDir: '/var/log/pods',
    containerLogMaxSize: '8Mi',
    containerLogMaxFiles: 2,
    maxPods: 200,
    serializeImagePulls: false,
    registryPullQPS: 0,
    // How soon a changed ConfigMap is seen in a pod: the default of a minute would be the time of every provision.
    syncFrequency: '1s',
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 99,
    imageGCLowThresholdPercent: 98,
  })
