/** How resources of a kind are looked at. A kind that is not here is refused: no rule has thought of it. */
export type KindTraits = {
  /** Lies in one region, which it must name. */
  regional: boolean
  tagged: boolean
  /** Whether losing it is losing the tenant's data. */
  protected: boolean
}

const plain: KindTraits = { regional: true, tagged: true, protected: false }
const untagged: KindTraits = { ...plain, tagged: false }
const kept: KindTraits = { ...plain, protected: true }
const ofAccount: KindTraits = { ...plain, regional: false }

export const KINDS: Readonly<Record<string, KindTraits>> = {
  'aws:kms/key:Key': kept,
  'aws:rds/instance:Instance': kept,
  'aws:backup/vault:Vault': kept,
  'aws:backup/plan:Plan': plain,
  'aws:backup/selection:Selection': untagged,
  'aws:backup/vaultLockConfiguration:VaultLockConfiguration': untagged,
  'aws:cloudwatch/logGroup:LogGroup': plain,
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup': plain,
  'aws:ec2/eip:Eip': plain,
  'aws:ec2/flowLog:FlowLog': plain,
  'aws:ec2/internetGateway:InternetGateway': plain,
  'aws:ec2/launchTemplate:LaunchTemplate': plain,
  'aws:ec2/natGateway:NatGateway': plain,
  'aws:ec2/route:Route': untagged,
  'aws:ec2/routeTable:RouteTable': plain,
  'aws:ec2/routeTableAssociation:RouteTableAssociation': untagged,
  'aws:ec2/securityGroup:SecurityGroup': plain,
  'aws:ec2/subnet:Subnet': plain,
  'aws:ec2/vpc:Vpc': plain,
  'aws:eks/accessEntry:AccessEntry': plain,
  'aws:eks/accessPolicyAssociation:AccessPolicyAssociation': untagged,
  'aws:eks/addon:Addon': plain,
  'aws:eks/cluster:Cluster': plain,
  'aws:eks/nodeGroup:NodeGroup': plain,
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': ofAccount,
  'aws:iam/role:Role': ofAccount,
  'aws:iam/rolePolicy:RolePolicy': { ...ofAccount, tagged: false },
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': { ...ofAccount, tagged: false },
  'aws:kms/alias:Alias': untagged,
  'aws:rds/parameterGroup:ParameterGroup': plain,
  'aws:rds/subnetGroup:SubnetGroup': plain,
  'aws:secretsmanager/secret:Secret': plain,
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': plain,
}
export const TAGGED = Object.keys(KINDS).filter((kind) => KINDS[kind]?.tagged)
export const REGIONAL = Object.keys(KINDS).filter((kind) => KINDS[kind]?.regional)
export const PROTECTED = Object.keys(KINDS).filter((kind) => KINDS[kind]?.protected)
