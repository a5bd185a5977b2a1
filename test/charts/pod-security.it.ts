import { beforeAll, describe, expect, test } from 'vitest'
import {
  HOSTS_ANNOTATION,
  TENANT_CLUSTER_ROLES,
  TENANT_ROLES,
  tenantAccount,
} from '../../control-plane/domain/naming.ts'
import { CASE_NAMES, merge, objectsOf, type Rendered, renderCase } from './render.ts'

/** Parts of a pod that the rules below look at; everything may be missing, that is what they are for. */
type Container = {
  name?: string
  image?: string
  env?: { name: string; value?: string; valueFrom?: unknown }[]
  securityContext?: {
    allowPrivilegeEscalation?: boolean
    readOnlyRootFilesystem?: boolean
    runAsNonRoot?: boolean
    capabilities?: { drop?: string[]; add?: string[] }
  }
  resources?: Record<'requests' | 'limits', Record<string, string> | undefined>
}
type PodSpec = {
  automountServiceAccountToken?: boolean
  serviceAccountName?: string
  hostNetwork?: boolean
  securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; seccompProfile?: { type?: string } }
  containers: Container[]
  volumes?: Record<string, unknown>[]
}
type Pods = { replicas: number; template: { spec: PodSpec } }

const CONTAINER_RULES: Record<string, (container: Container) => boolean> = {
  'privilege escalation is off': ({ securityContext }) => securityContext?.allowPrivilegeEscalation === false,
  'the root file system is read-only': ({ securityContext }) => securityContext?.readOnlyRootFilesystem === true,
  'no capability is kept': ({ securityContext }) =>
    securityContext?.capabilities?.drop?.join() === 'ALL' && !securityContext.capabilities.add,
  'it does not run as root': ({ securityContext }) => securityContext?.runAsNonRoot === true,
  'cpu, memory and storage are asked for and bounded': ({ resources }) =>
    [resources?.requests, resources?.limits].every((set) =>
      ['cpu', 'memory', 'ephemeral-storage'].every((name) => set?.[name]),
    ),
  'secrets come by reference': ({ env = [] }) =>
    env.every(({ name, value }) => !/URL|PASSWORD|TOKEN/.test(name) || value === undefined),
}
const POD_RULES: Record<string, (spec: PodSpec) => boolean> = {
  'it does not run as root': ({ securityContext }) =>
    securityContext?.runAsNonRoot === true && securityContext.runAsUser === 65_532,
  'the default seccomp profile holds': ({ securityContext }) =>
    securityContext?.seccompProfile?.type === 'RuntimeDefault',
  'no token is mounted': ({ automountServiceAccountToken, serviceAccountName }) =>
    automountServiceAccountToken === false && /^(product|steward-.+)$/.test(serviceAccountName ?? ''),
  'nothing of the host is used': ({ hostNetwork, volumes = [] }) =>
    !hostNetwork && volumes.every((volume) => !('hostPath' in volume)),
}

/** Names of the rules a pod breaks. */
const broken = (spec: PodSpec): string[] => [
  ...Object.entries(POD_RULES).flatMap(([rule, holds]) => (holds(spec) ? [] : [`pod: ${rule}`])),
  ...Object.entries(CONTAINER_RULES).flatMap(([rule, holds]) =>
    spec.containers.every(holds) ? [] : [`container: ${rule}`],
  ),
]
const podsOf = ({ spec }: Rendered): Pods | undefined => (spec && 'template' in spec ? (spec as Pods) : undefined) // Deployments and Jobs

let pods: { from: string; spec: PodSpec }[]
beforeAll(async () => {
  const rendered = await Promise.all(
    CASE_NAMES.map(async (name) => ({ name, objects: objectsOf(await renderCase(name)) })),
  )
  pods = rendered.flatMap(({ name, objects }) =>
    objects.flatMap((object) => {
      const found = podsOf(object)
      return found ? [{ from: `${name}: ${object.kind} ${object.metadata.name}`, spec: found.template.spec }] : []
    }),
  )
})

describe('restricted pod security', () => {
  test('holds for every pod of every chart', () => {
    expect(pods.map(({ from }) => from)).toEqual([
      ...['control-plane', 'control-plane-everything'].flatMap((name) => [
        `${name}: Deployment steward-api`,
        `${name}: Deployment steward-worker`,
        `${name}: Job steward-migration`,
      ]),
      'ledger-workload: Deployment ledger',
      'ledger-workload-canary: Deployment ledger-canary',
      'ledger-workload-canary: Deployment ledger',
      'ledger-migration: Job migrate-1-0-0-expand',
    ])
    for (const { from, spec } of pods) expect(broken(spec), from).toEqual([])
  })

  test.each<[string, (spec: PodSpec, container: Container) => PodSpec]>([
    [
      'pod: it does not run as root',
      (spec) => ({ ...spec, securityContext: merge(spec.securityContext ?? {}, { runAsNonRoot: false }) }),
    ],
    [
      'pod: the default seccomp profile holds',
      (spec) => ({
        ...spec,
        securityContext: merge(spec.securityContext ?? {}, { seccompProfile: { type: 'Unconfined' } }),
      }),
    ],
    ['pod: no token is mounted', (spec) => ({ ...spec, automountServiceAccountToken: true })],
    ['pod: nothing of the host is used', (spec) => ({ ...spec, volumes: [{ name: 'x', hostPath: { path: '/' } }] })],
    [
      'container: privilege escalation is off',
      (spec, container) => ({
        ...spec,
        containers: [merge(container, { securityContext: { allowPrivilegeEscalation: true } })],
      }),
    ],
    [
      'container: the root file system is read-only',
      (spec, container) => ({
        ...spec,
        containers: [merge(container, { securityContext: { readOnlyRootFilesystem: false } })],
      }),
    ],
    [
      'container: no capability is kept',
      (spec, container) => ({
        ...spec,
        containers: [merge(container, { securityContext: { capabilities: { add: ['NET_ADMIN'] } } })],
      }),
    ],
    [
      'container: it does not run as root',
      (spec, container) => ({ ...spec, containers: [merge(container, { securityContext: { runAsNonRoot: null } })] }),
    ],
    [
      'container: cpu, memory and storage are asked for and bounded',
      (spec, container) => ({
        ...spec,
        containers: [merge(container, { resources: { limits: {}, requests: { cpu: '' } } })],
      }),
    ],
    [
      'container: secrets come by reference',
      (spec, container) => ({
        ...spec,
        containers: [merge(container, { env: [{ name: 'DATABASE_URL', value: 'postgres://' }] })],
      }),
    ],
  ])('the rule "%s" notices a pod that breaks it', (rule, spoil) => {
    const spec = pods[0]?.spec
    const container = spec?.containers[0]
    if (!spec || !container) throw new Error('no pod was rendered')
    expect(broken(spoil(spec, container))).toEqual([rule])
  })
})

describe('what surrounds the pods', () => {
  const only = async (name: (typeof CASE_NAMES)[number], kind: string) =>
    objectsOf(await renderCase(name)).filter((object) => object.kind === kind)

  test.each(['cell', 'instance'] as const)('the namespace of %s enforces it from birth', async (name) => {
    const [namespace] = await only(name, 'Namespace')
    expect(namespace?.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' })
  })

  test('traffic is denied first and opened by name', async () => {
    const policies = await only('cell', 'NetworkPolicy')
    expect(policies.map(({ metadata }) => metadata.name)).toEqual([
      'default-deny',
      'from-plane',
      'to-database',
      'to-dns',
    ])
    expect(policies[0]?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
  })

  test('an instance opens nothing but its own pods beside what a cell opens', async () => {
    const [ours, cells] = await Promise.all(
      (['instance', 'cell'] as const).map(async (name) => await only(name, 'NetworkPolicy')),
    )
    const specs = (policies: Rendered[] = []) =>
      policies.filter(({ metadata }) => metadata.name !== 'inside').map(({ metadata, spec }) => [metadata.name, spec])
    expect(specs(ours)).toEqual(specs(cells))
    expect(ours?.find(({ metadata }) => metadata.name === 'inside')?.spec).toMatchObject({
      ingress: [{ from: [{ podSelector: {} }] }],
      egress: [{ to: [{ podSelector: {} }] }],
    })
  })

  test('the namespace of an instance lists the host names of its tenant', async () => {
    const [namespace] = await only('instance', 'Namespace')
    expect(namespace?.metadata).toMatchObject({ annotations: { [HOSTS_ANNOTATION]: 'acme.localhost' } })
  })

  test('a tenant gets the two roles that the cluster holds, in its own namespace, and accounts without a mounted token', async () => {
    const bindings = await only('instance', 'RoleBinding')
    expect(
      bindings.map(({ metadata, roleRef, subjects }) => [
        metadata.namespace,
        (roleRef as { name: string }).name,
        subjects,
      ]),
    ).toEqual(
      TENANT_ROLES.map((role) => [
        'tenant-acme',
        TENANT_CLUSTER_ROLES[role],
        [{ kind: 'ServiceAccount', name: tenantAccount(role), namespace: 'tenant-acme' }],
      ]),
    )
    const accounts = await only('instance', 'ServiceAccount')
    expect(accounts.map(({ automountServiceAccountToken }) => automountServiceAccountToken)).toEqual([
      false,
      false,
      false,
    ])
  })

  test('the quota of an instance bounds what the plan says and forbids what reaches around the gateway', async () => {
    const [quota] = await only('instance', 'ResourceQuota')
    expect(quota?.spec?.['hard']).toMatchObject({
      pods: '16',
      'requests.cpu': '1000m',
      'limits.memory': '4096Mi',
      'limits.ephemeral-storage': '2048Mi',
      'services.nodeports': '0',
      'services.loadbalancers': '0',
      persistentvolumeclaims: '0',
    })
  })

  test('stable and canary have a budget and a spread of their own, and select nothing of each other', async () => {
    const objects = objectsOf(await renderCase('ledger-workload-canary'))
    const selectors = objects
      .filter(({ kind }) => kind !== 'Deployment')
      .map(({ spec }) => spec?.['selector'] as Record<string, unknown>)
    const tracks = selectors.map(
      (selector) => ((selector['matchLabels'] as Record<string, string> | undefined) ?? selector)['steward.dev/track'],
    )
    expect(tracks).toEqual(['canary', 'stable', 'canary', 'stable'])
  })

  test('the smallest quota holds a rolling workload with canary and a migration, and one pod less would not', async () => {
    const [quota] = objectsOf(await renderCase('cell', { capacity: { pods: 4 } })).filter(
      ({ kind }) => kind === 'ResourceQuota',
    )
    const hard = quota?.spec?.['hard'] as Record<string, string>
    const one = pods.find(({ from }) => from.startsWith('ledger-workload'))?.spec.containers[0]?.resources
    const number = (quantity = '') => Number.parseFloat(quantity) / (quantity.endsWith('m') ? 1000 : 1)
    for (const set of ['requests', 'limits'] as const) {
      for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
        expect(number(hard[`${set}.${name}`]), `${set}.${name}`).toBeCloseTo(4 * number(one?.[set]?.[name]))
      }
    }
  })
})
