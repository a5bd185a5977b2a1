import { isUnknown, type RegisteredResource } from './registered.ts'
import { isSet, list, mustBe, ofKind, read, type ResourceRule, type StackFault, type StackRule } from './rule.ts'

const GROUP = 'aws:ec2/securityGroup:SecurityGroup'
const RULE = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule'
const VPC = 'aws:ec2/vpc:Vpc'
const FLOW_LOG = 'aws:ec2/flowLog:FlowLog'
const DEFAULT_GROUP = 'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup'

export const networkRules: readonly ResourceRule[] = [
  {
    id: 'network.open',
    kinds: [RULE],
    reads: [],
    fault: ({ cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId }) =>
      isSet(referencedSecurityGroupId) && ![cidrIpv4, cidrIpv6, prefixListId].some(isSet)
        ? undefined
        : 'may let in members of a security group only, no addresses',
  },
  {
    id: 'network.every-port',
    kinds: [RULE],
    reads: ['ipProtocol', 'fromPort', 'toPort'],
    fault: ({ ipProtocol, fromPort, toPort }) =>
      ipProtocol === 'tcp' && isSet(fromPort) && fromPort === toPort ? undefined : 'must name one port of TCP',
  },
  {
    id: 'network.rules-apart',
    kinds: [GROUP],
    reads: [],
    fault: ({ ingress, egress }) =>
      list(ingress).length + list(egress).length > 0 ? 'rules of a group must be resources of their own' : undefined,
  },
  {
    id: 'network.default-group',
    kinds: [DEFAULT_GROUP],
    reads: [],
    fault: ({ ingress, egress }) =>
      list(ingress).length + list(egress).length > 0 ? 'the default group must let nothing in or out' : undefined,
  },
  mustBe('network.no-public-addresses', ['aws:ec2/subnet:Subnet'], { mapPublicIpOnLaunch: false }),
  mustBe('network.flow-logs-complete', [FLOW_LOG], { trafficType: 'ALL' }),
]

/** What must be there for each network: a flow log, and its default security group, emptied. */
const perNetwork = (id: string, kind: string, what: string): StackRule => ({
  id,
  *check(resources) {
    for (const { urn, id: vpcId, inputs } of ofKind(resources, VPC)) {
      const near = ofKind(resources, kind).filter((each) => each.inputs['region'] === inputs['region'])
      const own = near.some(({ inputs: given }) => given['vpcId'] === vpcId || isUnknown(given['vpcId']))
      if (!own) yield { urn, fault: `${what} is missing` }
    }
  },
})

export const flowLogged = perNetwork('network.flow-logs', FLOW_LOG, 'a flow log')
export const defaultGroupEmptied = perNetwork('network.default-group-taken', DEFAULT_GROUP, 'the emptied default group')

/** Databases and nodes lie in two zones at least. */
export const zoned: StackRule = {
  id: 'network.zones',
  *check(resources) {
    const zones = new Map(
      ofKind(resources, 'aws:ec2/subnet:Subnet').map((each) => [each.id, each.inputs['availabilityZone']]),
    )
    const groups = ofKind(resources, 'aws:rds/subnetGroup:SubnetGroup').concat(
      ofKind(resources, 'aws:eks/cluster:Cluster'),
    )
    for (const { urn, inputs } of groups) {
      const subnets = list(inputs['subnetIds'] ?? read(inputs, 'vpcConfig', 'subnetIds'))
      if (isUnknown(subnets)) yield { urn, fault: 'zones of networks that are still to be made', undecided: true }
      else if (new Set(subnets.map((subnet) => zones.get(String(subnet)))).size < 2)
        yield { urn, fault: 'two zones at least' }
    }
  },
}

/** No way leads from a network of databases to the internet, not even outward. */
export const databasesUnrouted: StackRule = {
  id: 'network.databases-unrouted',
  *check(resources) {
    const associations = ofKind(resources, 'aws:ec2/routeTableAssociation:RouteTableAssociation')
    const routes = ofKind(resources, 'aws:ec2/route:Route')
    for (const group of ofKind(resources, 'aws:rds/subnetGroup:SubnetGroup'))
      yield* routedOut(group, associations, routes)
  },
}

function* routedOut(
  { urn, inputs }: RegisteredResource,
  associations: readonly RegisteredResource[],
  routes: readonly RegisteredResource[],
): Generator<StackFault> {
  const subnets = list(inputs['subnetIds'])
  if (
    [subnets, ...associations.map((each) => each.inputs), ...routes.map((each) => each.inputs['routeTableId'])].some(
      isUnknown,
    )
  ) {
    yield { urn, fault: 'routes that are still to be made', undecided: true }
    return
  }
  for (const subnet of subnets) {
    const own = associations.filter((each) => each.inputs['subnetId'] === subnet)
    const tables = own.map((each) => each.inputs['routeTableId'])
    // without a table of its own a network has the default one, which anybody may change
    if (tables.length === 0) yield { urn, fault: `network ${String(subnet)} has no route table of its own` }
    if (routes.some((route) => tables.includes(route.inputs['routeTableId'])))
      yield { urn, fault: `a route leads out of network ${String(subnet)}` }
  }
}
