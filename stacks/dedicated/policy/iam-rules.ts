import { list, read, type PolicyScope, type ResourceRule } from './rule.ts'

const ROLE = 'aws:iam/role:Role'
const INLINE = 'aws:iam/rolePolicy:RolePolicy'
const ATTACHED = 'aws:iam/rolePolicyAttachment:RolePolicyAttachment'
const KEY = 'aws:kms/key:Key'

/** Policies of AWS's own that a role may have; their content holds wildcards, and AWS offers no other way or keeps it current. */
const MANAGED: Readonly<Record<string, string>> = {
  AmazonEKSClusterPolicy: 'what EKS itself does for a cluster changes with its versions',
  AmazonEKSWorkerNodePolicy: 'nodes must find out about themselves, whatever they are called',
  AmazonEC2ContainerRegistryPullOnly: 'images are pulled, from whichever repository',
  AmazonEKS_CNI_Policy: 'addresses of pods are given to network interfaces that do not exist yet',
  'service-role/AmazonRDSEnhancedMonitoringRole': 'RDS names the streams of its measurements itself',
  'service-role/AWSBackupServiceRolePolicyForBackup': 'AWS Backup names snapshots itself',
}
/** Resources that AWS names, so that a policy cannot: streams of the log group before it. */
const NAMED_BY_AWS = /^arn:[^*]+:log-stream:\*$/

/** The statements of a policy; undefined when it is none. */
function statements(policy: unknown): readonly unknown[] | undefined {
  try {
    const found = read(typeof policy === 'string' ? JSON.parse(policy) : policy, 'Statement')
    return found === undefined ? undefined : list(found)
  } catch {
    return undefined
  }
}
const texts = (value: unknown): string[] => list(value).map(String)
const said = (statement: unknown): string => `statement ${texts(read(statement, 'Sid')).join() || '?'}`

/** The first complaint about any statement of a policy. */
const firstFault = (policy: unknown, ...checks: ((statement: unknown) => string | undefined)[]): string | undefined =>
  statements(policy) === undefined
    ? 'cannot be read as a policy'
    : statements(policy)
        ?.flatMap((statement) => checks.map((check) => check(statement)))
        .find((fault) => fault !== undefined)

const wildAction = (statement: unknown): string | undefined => {
  if (read(statement, 'NotAction') !== undefined) return `${said(statement)} names what it does not allow`
  const wild = texts(read(statement, 'Action')).filter((action) => action.includes('*'))
  return wild.length > 0 ? `${said(statement)} allows ${wild.join(', ')}` : undefined
}
const wildResource = (statement: unknown): string | undefined => {
  const resources = texts(read(statement, 'Resource'))
  if (resources.length === 0) return `${said(statement)} names no resource`
  const wild = resources.filter((resource) => resource.includes('*') && !NAMED_BY_AWS.test(resource))
  return wild.length > 0 ? `${said(statement)} allows it on ${wild.join(', ')}` : undefined
}

/** In a key's policy everybody may be named, when conditions leave one role of this account, or its callers through services. */
const openKey =
  ({ target }: PolicyScope) =>
  (statement: unknown): string | undefined => {
    const principals = texts(read(statement, 'Principal', 'AWS') ?? read(statement, 'Principal'))
    if (!principals.includes('*')) return undefined
    const condition = read(statement, 'Condition', 'StringEquals')
    const roles = texts(read(statement, 'Condition', 'ArnEquals', 'aws:PrincipalArn'))
    const services = texts(read(condition, 'kms:ViaService'))
    const narrowed = [...roles, ...services]
    const closed = narrowed.length > 0 && !narrowed.some((each) => each.includes('*'))
    return closed && read(condition, 'kms:CallerAccount') === target.account
      ? undefined
      : `${said(statement)} lets everybody use the key`
  }
/** Services may take on a role; so may a service account of the cluster that the role names; nobody else. */
const openTrust = (statement: unknown): string | undefined => {
  const principal = read(statement, 'Principal')
  if (texts(read(principal, 'Service')).some((service) => service.includes('*')) || typeof principal === 'string')
    return `${said(statement)} lets everybody take on the role`
  if (read(principal, 'AWS') !== undefined)
    return `${said(statement)} lets ${texts(read(principal, 'AWS')).join(', ')} take on the role`
  if (read(principal, 'Federated') === undefined) return undefined
  const named = Object.entries((read(statement, 'Condition', 'StringEquals') ?? {}) as Record<string, unknown>)
  const isBound = (claim: string) =>
    named.some(([key, value]) => key.endsWith(`:${claim}`) && !String(value).includes('*'))
  return isBound('sub') && isBound('aud') ? undefined : `${said(statement)} lets every service account take on the role`
}

export const iamRules: readonly ResourceRule[] = [
  {
    id: 'iam.no-wildcards',
    kinds: [INLINE],
    reads: ['policy'],
    fault: ({ policy }) => firstFault(policy, wildAction, wildResource),
  },
  {
    id: 'iam.trust',
    kinds: [ROLE],
    reads: ['assumeRolePolicy'],
    fault: ({ assumeRolePolicy }) => firstFault(assumeRolePolicy, openTrust, wildAction),
  },
  {
    id: 'iam.path',
    kinds: [ROLE],
    reads: ['path'],
    // the sweep asks for roles by this path
    fault: ({ path }, { inputs }) =>
      path === `/steward/${inputs.tenant}/`
        ? undefined
        : `path must be /steward/${inputs.tenant}/, not ${String(path)}`,
  },
  {
    id: 'iam.rules-apart',
    kinds: [ROLE],
    reads: [],
    fault: ({ inlinePolicies, managedPolicyArns }) =>
      list(inlinePolicies).length + list(managedPolicyArns).length > 0
        ? 'policies of a role must be resources of their own'
        : undefined,
  },
  {
    id: 'iam.managed-policies',
    kinds: [ATTACHED],
    reads: ['policyArn'],
    fault: ({ policyArn }) => {
      const [, name = String(policyArn)] = /^arn:aws(?:-[a-z-]+)?:iam::aws:policy\/(.+)$/.exec(String(policyArn)) ?? []
      return Object.hasOwn(MANAGED, name) ? undefined : `${name} is none of the policies that a stack may use`
    },
  },
  {
    id: 'key.policy',
    kinds: [KEY],
    reads: ['policy'],
    fault: ({ policy }, scope) => firstFault(policy, wildAction, openKey(scope)),
  },
]
