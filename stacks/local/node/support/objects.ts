/** Objects that the tests apply; the image is that of `fixtures/images`. */
const labelled = (name: string, app: string) => ({ name, labels: { app } })

export const configMap = (name: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
})

export const deployment = (name: string, replicas: number, env: Record<string, string>) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 5,
        volumes,
        containers: [webContainer(env)],
      },
    },
  },
})

const volumes = [
  { name: 'settings', configMap: { name: 'settings' } },
  { name: 'scratch', emptyDir: {} },
]

const field = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } })

const webContainer = (env: Record<string, string>) => ({
  name: 'main',
  image: 'registry.example/tiny:1',
  ports: [{ name: 'http', containerPort: 8080 }],
  envFrom: [{ prefix: 'PREFIX_', secretRef: { name: 'login' } }],
  env: [
    ...Object.entries(env).map(([name, value]) => ({ name, value })),
    { name: 'GREETING', valueFrom: { configMapKeyRef: { name: 'settings', key: 'greeting' } } },
    { name: 'COMPOSED', value: '$(GREETING) world' },
    { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'PASSWORD' } } },
    { name: 'POD_NAME', ...field('metadata.name') },
    { name: 'POD_NAMESPACE', ...field('metadata.namespace') },
    { name: 'POD_IP', ...field('status.podIP') },
    { name: 'NODE', ...field('spec.nodeName') },
    { name: 'FILE', value: '/etc/settings/file.txt' },
    { name: 'HOST', value: '0.0.0.0' },
  ],
  volumeMounts: [
    { name: 'settings', mountPath: '/etc/settings' },
    { name: 'scratch', mountPath: '/tmp' },
  ],
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
  startupProbe: { httpGet: { path: '/alive', port: 'http' }, periodSeconds: 1, failureThreshold: 30 },
  readinessProbe: { httpGet: { path: '/alive', port: 'http' }, periodSeconds: 1 },
  livenessProbe: { httpGet: { path: '/alive', port: 'http' }, periodSeconds: 1, failureThreshold: 1 },
})

export const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
})

export const job = (name: string, args: string[], withInit = false) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: {
    backoffLimit: 0,
    template: {
      metadata: { labels: { app: name } },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        ...(withInit ? { initContainers: [{ name: 'first', image: 'tiny:2', args: ['exit', '0', 'first'] }] } : {}),
        containers: [{ name: 'main', image: 'tiny:1', args, terminationMessagePolicy: 'FallbackToLogsOnError' }],
      },
    },
  },
})

export const route = (
  name: string,
  host: string,
  backends: readonly (readonly [service: string, weight: number])[],
) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: labelled(name, name),
  spec: {
    parentRefs: [{ name: 'steward', namespace: 'steward' }],
    hostnames: [host],
    rules: [{ backendRefs: backends.map(([backend, weight]) => ({ name: backend, port: 80, weight })) }],
  },
})
