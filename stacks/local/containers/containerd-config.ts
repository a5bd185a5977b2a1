import { PAUSE } from '../registry/image-catalogue.ts'
import type { ContainerNetwork } from './network.ts'

/** The estate's home as the node's own namespaces show it (toolchain/node-host). */
export const INSIDE = '/run/estate'
export const SOCKET = '/run/containerd/containerd.sock'

/** containerd's configuration: everything below the estate's home or in the memory of the node's namespaces. */
export const containerdConfig = ({ plugins }: { plugins: string }): string => `version = 2
root = "${INSIDE}/containers/containerd"
state = "/run/containerd"
oom_score = 0
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]

[debug]
  level = "warn"

[grpc]
  address = "${SOCKET}"

[plugins."io.containerd.grpc.v1.cri"]
  # Without CAP_SYS_RESOURCE a container cannot be better protected than containerd itself: runc would fail.
  restrict_oom_score_adj = true
  sandbox_image = "docker.io/library/${PAUSE.name}:${PAUSE.tag}"
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${plugins}"
    conf_dir = "${INSIDE}/containers/config/cni"

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${INSIDE}/containers/config/registries"
`

/** Every registry's name leads to the estate's own: nothing is ever fetched from elsewhere. */
export const registryHosts = (port: number): string => `server = "http://127.0.0.1:${port}"

[host."http://127.0.0.1:${port}"]
  capabilities = ["pull", "resolve"]
`

/** The pods' network: an address each on the bridge, a route to the API server's cluster address, and no way out. */
export const cniConfig = ({ name, gateway, pods, apiService }: ContainerNetwork, withIpv6: boolean): string =>
  JSON.stringify({
    cniVersion: '0.4.0',
    name: 'steward',
    plugins: [
      {
        type: 'bridge',
        bridge: name,
        isGateway: false, // it would switch on forwarding for the whole machine; the bridge has its address already
        ipMasq: false,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: pods, gateway }]],
          routes: [{ dst: `${apiService}/32`, gw: gateway }],
          dataDir: '/run/cni',
        },
      },
      // The fence between pods speaks IPv4: nothing else may pass it by.
      ...(withIpv6 ? [{ type: 'tuning', sysctl: { 'net.ipv6.conf.all.disable_ipv6': '1' } }] : []),
    ],
  })
