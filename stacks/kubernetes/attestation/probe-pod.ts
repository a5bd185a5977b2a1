import type { KubernetesObject } from '../objects.ts'

/** A container that every guard admits, except for what is changed in it. */
export type Container = Record<string, unknown>
export type PodParts = { containers: Container[] } & Record<string, unknown>

const LITTLE = { cpu: '10m', memory: '16Mi', 'ephemeral-storage': '8Mi' }

export const container = (image: string, change: Container = {}): Container => ({
  name: 'probe',
  image,
  imagePullPolicy: 'Always',
  resources: { requests: LITTLE, limits: LITTLE },
  securityContext: SAFE,
  ...change,
})

/** The same container with a part of its security context changed; undefined takes the part out. */
export const unsafe = (image: string, change: Record<string, unknown>): Container =>
  container(image, { securityContext: { ...SAFE, ...change } })

const SAFE = { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } }

/** A pod that every guard of a unit admits, except for what is changed in it. It never runs: no node carries its label. */
export const probePod = (namespace: string, image: string, change: Partial<PodParts> = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'steward-probe', namespace },
  spec: {
    automountServiceAccountToken: false,
    nodeSelector: { 'steward.dev/never': 'never' },
    securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container(image)],
    ...change,
  },
})
