import { RouteTable } from '@pulumi/aws/ec2/routeTable.js'
import { RouteTableAssociation } from '@pulumi/aws/ec2/routeTableAssociation.js'
import { Subnet } from '@pulumi/aws/ec2/subnet.js'
import type { ComponentResource, Output } from '@pulumi/pulumi'
import type { Place } from './place.ts'
import { subnetsOf, type SubnetTier } from './subnets.ts'

/** A network of one zone, with a route table of its own. */
export type ZoneSubnet = { zone: string; subnetId: Output<string>; routeTableId: Output<string> }

type SubnetArgs = { at: Place; zones: readonly string[]; of: SubnetTier; vpcId: Output<string> }

/** The networks of a tier, one a zone, where nothing gets a public address. */
export function privateSubnets(
  name: string,
  { at, zones, of, vpcId }: SubnetArgs,
  child: { parent: ComponentResource },
): ZoneSubnet[] {
  return subnetsOf(of, zones).map(({ zone, cidr }) => {
    const own = `${name}-${of}-${zone}`
    const tags = { ...at.tags(`${of}-${zone}`), ...(of === 'nodes' ? { 'kubernetes.io/role/internal-elb': '1' } : {}) }
    const subnet = new Subnet(
      own,
      { region: at.region, vpcId, cidrBlock: cidr, availabilityZone: zone, mapPublicIpOnLaunch: false, tags },
      child,
    )
    const table = new RouteTable(`${own}-routes`, { region: at.region, vpcId, tags: at.tags(`${of}-${zone}`) }, child)
    new RouteTableAssociation(
      `${own}-routed`,
      { region: at.region, subnetId: subnet.id, routeTableId: table.id },
      child,
    )
    return { zone, subnetId: subnet.id, routeTableId: table.id }
  })
}
