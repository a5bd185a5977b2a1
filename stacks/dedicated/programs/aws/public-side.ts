import { Eip } from '@pulumi/aws/ec2/eip.js'
import { InternetGateway } from '@pulumi/aws/ec2/internetGateway.js'
import { NatGateway } from '@pulumi/aws/ec2/natGateway.js'
import { Route } from '@pulumi/aws/ec2/route.js'
import { RouteTable } from '@pulumi/aws/ec2/routeTable.js'
import { RouteTableAssociation } from '@pulumi/aws/ec2/routeTableAssociation.js'
import { Subnet } from '@pulumi/aws/ec2/subnet.js'
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import type { Place } from './place.ts'
import { subnetsOf } from './subnets.ts'
import type { ZoneSubnet } from './zone-subnets.ts'

const ANYWHERE = '0.0.0.0/0'

export type PublicSideArgs = {
  at: Place
  zones: readonly string[]
  vpcId: Output<string>
  /** Networks that may reach out, each through its own zone: a zone that is lost takes no other along. */
  inner: readonly ZoneSubnet[]
}

/** Where a stack meets the internet: a network per zone for load balancers, and a NAT gateway in each for what goes out. */
export class PublicSide extends ComponentResource {
  constructor(name: string, { at, zones, vpcId, inner }: PublicSideArgs, options?: ComponentResourceOptions) {
    super('steward:aws:PublicSide', name, {}, options)
    const child = { parent: this }
    const { region } = at
    const gateway = new InternetGateway(`${name}-gateway`, { region, vpcId, tags: at.tags('internet') }, child)
    const table = new RouteTable(`${name}-routes`, { region, vpcId, tags: at.tags('public') }, child)
    new Route(
      `${name}-out`,
      { region, routeTableId: table.id, destinationCidrBlock: ANYWHERE, gatewayId: gateway.id },
      child,
    )
    for (const { zone, cidr } of subnetsOf('public', zones)) {
      const own = `${name}-${zone}`
      const tags = { ...at.tags(`public-${zone}`), 'kubernetes.io/role/elb': '1' }
      const subnet = new Subnet(
        own,
        { region, vpcId, cidrBlock: cidr, availabilityZone: zone, mapPublicIpOnLaunch: false, tags },
        child,
      )
      new RouteTableAssociation(`${own}-routed`, { region, subnetId: subnet.id, routeTableId: table.id }, child)
      const address = new Eip(`${own}-address`, { region, domain: 'vpc', tags: at.tags(`nat-${zone}`) }, child)
      const nat = new NatGateway(
        `${own}-nat`,
        { region, subnetId: subnet.id, allocationId: address.id, tags: at.tags(`nat-${zone}`) },
        { ...child, dependsOn: [gateway] },
      )
      for (const { routeTableId } of inner.filter((each) => each.zone === zone))
        new Route(
          `${own}-outward`,
          { region, routeTableId, destinationCidrBlock: ANYWHERE, natGatewayId: nat.id },
          child,
        )
    }
    this.registerOutputs({})
  }
}
