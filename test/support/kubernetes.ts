import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, generateKeyPairSync } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { stringify } from 'yaml'
import { until } from './postgres.ts'

export type TestCluster = {
  /** Kubeconfig file of an administrator. */
  kubeconfig: string
  /** Kubeconfig file of a user that may only get, list and watch, everything. */
  sweepKubeconfig: string
  /** Kubeconfig file of a user without any right. */
  strangerKubeconfig: string
  /** Freezes and thaws the API server: it keeps its connections and answers nothing. */
  freeze: () => void
  thaw: () => void
  stop: () => Promise<void>
}

/** Users of a test cluster: tokens live as long as the cluster, minutes, on loopback. */
const USERS = { admin: 'system:masters', sweep: 'test:sweep', stranger: 'test:stranger' } as const
type User = keyof typeof USERS

/**
 * The pinned binary of a tool: below `STEWARD_TEST_BIN`, else in the toolchain cache, else on PATH.
 * Throws with what to do when there is none.
 */
export async function toolBinary(name: string): Promise<string> {
  const { STEWARD_TEST_BIN, STEWARD_CACHE, XDG_CACHE_HOME, PATH = '' } = process.env
  const cache = STEWARD_CACHE ?? path.join(XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'steward')
  const toolchain = path.join(cache, 'toolchain')
  const parts = (await readdir(toolchain).catch(() => [])).map((part) => path.join(toolchain, part, 'bin'))
  const folders = [
    ...(STEWARD_TEST_BIN === undefined ? [] : [STEWARD_TEST_BIN]),
    ...parts,
    ...PATH.split(path.delimiter),
  ]
  for (const folder of folders) {
    const file = path.join(folder, name)
    if (
      await access(file).then(
        () => true,
        () => false,
      )
    )
      return file
  }
  throw new Error(
    `no ${name}: build the toolchain with "npm run estate -- toolchain" or name its folder in STEWARD_TEST_BIN`,
  )
}

type Wanted = {
  controllers?: boolean
  /** Flags of the API server that differ. */
  flags?: Readonly<Record<string, string>>
}

/**
 * A throw-away cluster: a real etcd and kube-apiserver on free loopback ports, and the controller manager (which deletes the
 * content of namespaces, collects garbage, fills Deployments and quotas) when `controllers` is set. No nodes, no scheduler.
 */
export async function startTestCluster({ controllers = false, flags = {} }: Wanted = {}): Promise<TestCluster> {
  const home = await mkdtemp(path.join(tmpdir(), 'steward-kube-'))
  const processes: ChildProcess[] = []
  const run = (binary: string, args: Record<string, string>) => {
    const given = Object.entries(args).map(([name, value]) => `--${name}=${value}`)
    const log = createWriteStream(path.join(home, `${path.basename(binary)}.log`))
    const child = spawn(binary, given, { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.pipe(log)
    child.stderr.pipe(log)
    processes.push(child)
    return child
  }
  const killAll = () => processes.forEach((child) => child.kill('SIGKILL'))
  process.once('exit', killAll)
  const stop = async () => {
    process.off('exit', killAll)
    for (const child of processes.toReversed()) await ended(child)
    await rm(home, { recursive: true, force: true, maxRetries: 3 })
  }
  try {
    const [etcd, peer, api] = [await freePort(), await freePort(), await freePort()]
    run(await toolBinary('etcd'), etcdFlags(home, etcd, peer))
    const server = await apiFlags(home, etcd, api)
    const apiserver = run(await toolBinary('kube-apiserver'), { ...server.flags, ...flags })
    await until(() => ready(home, api, server.tokens.admin, apiserver), 60)
    const files = await writeKubeconfigs(home, api, server.tokens)
    if (controllers) run(await toolBinary('kube-controller-manager'), controllerFlags(home, files.admin))
    await prepare(home, api, server.tokens.admin)
    const signal = (name: NodeJS.Signals) => () => void apiserver.kill(name)
    const named = { kubeconfig: files.admin, sweepKubeconfig: files.sweep, strangerKubeconfig: files.stranger }
    return { ...named, freeze: signal('SIGSTOP'), thaw: signal('SIGCONT'), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL') // throw-away: nothing is worth a graceful end
  await gone
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

const etcdFlags = (home: string, client: number, peer: number): Record<string, string> => ({
  'data-dir': path.join(home, 'etcd'),
  'listen-client-urls': `http://127.0.0.1:${client}`,
  'advertise-client-urls': `http://127.0.0.1:${client}`,
  'listen-peer-urls': `http://127.0.0.1:${peer}`,
  'initial-advertise-peer-urls': `http://127.0.0.1:${peer}`,
  'initial-cluster': `default=http://127.0.0.1:${peer}`,
  'unsafe-no-fsync': 'true',
  'log-level': 'warn',
})

async function apiFlags(
  home: string,
  etcd: number,
  port: number,
): Promise<{ flags: Record<string, string>; tokens: Record<User, string> }> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const key = path.join(home, 'service-accounts.key')
  await writeFile(key, privateKey, { mode: 0o600 })
  const token = () => randomBytes(16).toString('hex')
  const tokens: Record<User, string> = { admin: token(), sweep: token(), stranger: token() }
  const rows = Object.entries(USERS).map(([user, group]) => `${tokens[user as User]},${user},${user},"${group}"`)
  const tokenFile = path.join(home, 'tokens.csv')
  await writeFile(tokenFile, `${rows.join('\n')}\n`, { mode: 0o600 })
  const flags = {
    'etcd-servers': `http://127.0.0.1:${etcd}`,
    'bind-address': '127.0.0.1',
    'secure-port': `${port}`,
    'cert-dir': path.join(home, 'certificates'),
    'token-auth-file': tokenFile,
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': key,
    'service-account-signing-key-file': key,
    'service-cluster-ip-range': '127.96.0.0/16',
    'endpoint-reconciler-type': 'none',
    'authorization-mode': 'RBAC',
    'allow-privileged': 'true', // else validation refuses what pod security is to refuse
    'disable-admission-plugins': 'ServiceAccount', // pods are made by hand where no controller runs
    'enable-priority-and-fairness': 'false',
  }
  return { flags, tokens }
}

const controllerFlags = (home: string, kubeconfig: string): Record<string, string> => ({
  kubeconfig,
  'service-account-private-key-file': path.join(home, 'service-accounts.key'),
  'leader-elect': 'false',
  'secure-port': '0',
  controllers: '*,-nodeipam,-route,-service-lb-controller',
})

const certificate = (home: string): string => path.join(home, 'certificates', 'apiserver.crt')

async function writeKubeconfigs(
  home: string,
  port: number,
  tokens: Record<User, string>,
): Promise<Record<User, string>> {
  await mkdir(path.join(home, 'kubeconfigs'))
  const write = async (user: User): Promise<string> => {
    const file = path.join(home, 'kubeconfigs', `${user}.yaml`)
    const cluster = { server: `https://127.0.0.1:${port}`, 'certificate-authority': certificate(home) }
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster }],
      users: [{ name: user, user: { token: tokens[user] } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user } }],
      'current-context': 'test',
    }
    await writeFile(file, stringify(config), { mode: 0o600 })
    return file
  }
  return { admin: await write('admin'), sweep: await write('sweep'), stranger: await write('stranger') }
}

async function request(home: string, port: number, token: string, target: string, body?: object): Promise<number> {
  const { request: send } = await import('node:https')
  const ca = await readFile(certificate(home))
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path: target,
      method: body ? 'POST' : 'GET',
      headers,
      ca,
      agent: false,
      timeout: 5000,
    }
    const sent = send(options, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode ?? 0))
    })
    sent.once('timeout', () => sent.destroy(new Error('timeout')))
    sent.once('error', reject)
    sent.end(body ? JSON.stringify(body) : undefined)
  })
}

async function ready(home: string, port: number, token: string, server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) throw new Error(`kube-apiserver ended: see ${home}`)
  const status = await request(home, port, token, '/readyz')
  if (status !== 200) throw new Error(`kube-apiserver is not ready: ${status}`)
}

/** The plane's namespace, and the sweeper's right to look at everything. */
async function prepare(home: string, port: number, token: string): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  const apiGroup = 'rbac.authorization.k8s.io'
  const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }]
  const made = [
    await request(home, port, token, '/api/v1/namespaces', { metadata: { name: 'steward' } }),
    await request(home, port, token, `${rbac}/clusterroles`, { metadata: { name: 'test-sweep' }, rules }),
    await request(home, port, token, `${rbac}/clusterrolebindings`, {
      metadata: { name: 'test-sweep' },
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'test-sweep' },
      subjects: [{ apiGroup, kind: 'Group', name: USERS.sweep }],
    }),
  ]
  if (made.some((status) => status !== 201))
    throw new Error(`the test cluster could not be prepared: ${made.join(', ')}`)
}
