import type { NodeKind } from '../containers/network.ts'

/** One executable of a part. */
export type Tool = {
  name: string
  /** Go package of its `main`. */
  package: string
  /** Asks it for its version, and the text it must answer with to be taken from PATH. */
  versionArgs: readonly string[]
  version: RegExp
}
export type Part = {
  name: PartName
  version: string
  tools: readonly Tool[]
  ldflags?: readonly string[]
  tags?: readonly string[]
  /** A module whose files are used as they are: nothing is built. */
  files?: { module: string; folder: string; names: readonly string[] }
  /** Go files of our own beside the lock files: part of what decides the content, and never looked for on PATH. */
  sources?: readonly string[]
  /** Seconds a first build took on 2 cores, downloads included: for telling people what is left. */
  usualSeconds: number
}
export type PartName =
  | 'etcd'
  | 'kubernetes'
  | 'gateway-api'
  | 'temporal'
  | 'helm'
  | 'prometheus'
  | 'pulumi'
  | 'kubelet'
  | 'node-host'

/** The version of every cluster that an estate runs. */
export const KUBERNETES = '1.35.4'
const PULUMI = '3.250.0'
const KUBERNETES_VERSION_PACKAGE = 'k8s.io/component-base/version'
const [major, minor] = KUBERNETES.split('.')
const kubernetesTool = (name: string): Tool => ({
  name,
  package: `k8s.io/kubernetes/cmd/${name}`,
  versionArgs: ['--version'],
  version: /^Kubernetes v1\.35\.4$/m,
})
// Without these the programs report v0.0.0 and clients refuse them.
const KUBERNETES_FLAGS = [`gitVersion=v${KUBERNETES}`, `gitMajor=${major}`, `gitMinor=${minor}`].map(
  (value) => `-X ${KUBERNETES_VERSION_PACKAGE}.${value}`,
)
const CRDS = ['gatewayclasses', 'gateways', 'httproutes', 'referencegrants']

/** The toolchain in order of need: a first start waits for the upper ones while the lower ones are still to come. */
export const PARTS: readonly Part[] = [
  {
    name: 'etcd',
    version: '3.6.6',
    tools: [
      {
        name: 'etcd',
        package: 'go.etcd.io/etcd/server/v3',
        versionArgs: ['--version'],
        version: /^etcd Version: 3\.6\.6$/m,
      },
    ],
    usualSeconds: 76,
  },
  {
    name: 'gateway-api',
    version: '1.4.1',
    tools: [],
    // Only what the embedded gateway serves: every further CRD costs the API server memory and start-up time.
    files: {
      module: 'sigs.k8s.io/gateway-api',
      folder: 'config/crd/standard',
      names: CRDS.map((plural) => `gateway.networking.k8s.io_${plural}.yaml`),
    },
    usualSeconds: 5,
  },
  {
    name: 'kubernetes',
    version: KUBERNETES,
    tools: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map(kubernetesTool),
    ldflags: KUBERNETES_FLAGS,
    usualSeconds: 395,
  },
  {
    name: 'temporal',
    version: '1.5.1',
    tools: [
      {
        name: 'temporal',
        package: 'github.com/temporalio/cli/cmd/temporal',
        versionArgs: ['--version'],
        version: /^temporal version 1\.5\.1 /m,
      },
    ],
    usualSeconds: 247,
  },
  {
    name: 'helm',
    version: '3.19.4',
    tools: [
      {
        name: 'helm',
        package: 'helm.sh/helm/v3/cmd/helm',
        versionArgs: ['version', '--short'],
        version: /^v3\.19\.4(\+|$)/m,
      },
    ],
    usualSeconds: 97,
  },
  {
    name: 'prometheus',
    version: '3.13.5',
    tools: [
      {
        name: 'prometheus',
        package: 'github.com/prometheus/prometheus/cmd/prometheus',
        versionArgs: ['--version'],
        version: /^prometheus, version 3\.13\.5 /m,
      },
      // tests the rules of alerts; most of it is compiled for the server anyway
      {
        name: 'promtool',
        package: 'github.com/prometheus/prometheus/cmd/promtool',
        versionArgs: ['--version'],
        version: /^promtool, version 3\.13\.5 /m,
      },
    ],
    // promtool has no version of its own to say
    ldflags: ['-X github.com/prometheus/common/version.Version=3.13.5'],
    tags: ['remove_all_sd'], // file, static and HTTP discovery stay
    usualSeconds: 165,
  },
  {
    // the version of `@pulumi/pulumi`, too: both speak one protocol
    name: 'pulumi',
    version: PULUMI,
    tools: [
      {
        name: 'pulumi',
        package: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
        versionArgs: ['version'],
        version: /^v3\.250\.0$/m,
      },
    ],
    // without it the Automation API refuses the program
    ldflags: [`-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${PULUMI}`],
    usualSeconds: 326,
  },
]

const NODE_HOST = 'steward.local/node-host'
const ownTool = (name: string): Tool => ({
  name,
  package: `${NODE_HOST}/cmd/${name}`,
  versionArgs: [],
  version: /(?!)/,
})

/** What only the container node needs. Modules of their own: who does not use it neither builds nor rebuilds anything for it. */
const CONTAINER_PARTS: readonly Part[] = [
  {
    name: 'kubelet',
    version: KUBERNETES,
    tools: [kubernetesTool('kubelet')],
    ldflags: KUBERNETES_FLAGS,
    usualSeconds: 90,
  },
  {
    name: 'node-host',
    version: '1',
    tools: ['pause', 'probe', 'node-host'].map(ownTool),
    tags: ['netgo'], // else probe asks for the machine's libraries, and its image has none
    sources: [
      'pause/main.go',
      'probe/main.go',
      ...['main', 'hold', 'init', 'enter'].map((file) => `node-host/${file}.go`),
    ].map((path) => `cmd/${path}`),
    usualSeconds: 5,
  },
]

/** The parts an estate is made of, in order of need. */
export const partsFor = (node: NodeKind = 'process'): readonly Part[] =>
  node === 'process'
    ? PARTS
    : PARTS.flatMap((part) => (part.name === 'kubernetes' ? [part, ...CONTAINER_PARTS] : [part]))

const STRIPPED = ['-s', '-w']

/** The arguments of `go build` for a part; several tools go into one folder. */
export function buildArguments(part: Part, output: string): string[] {
  const tags = part.tags?.length ? ['-tags', part.tags.join(',')] : []
  const ldflags = [...STRIPPED, ...(part.ldflags ?? [])].join(' ')
  const target = part.tools.length === 1 ? `${output}/${part.tools[0]?.name}` : `${output}/`
  return ['build', '-trimpath', ...tags, '-ldflags', ldflags, '-o', target, ...part.tools.map((tool) => tool.package)]
}
