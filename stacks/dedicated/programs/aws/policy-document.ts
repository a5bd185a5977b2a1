/** An IAM policy as AWS reads it; one place writes them, so that one rule of the policy check can read all of them. */
export type Statement = {
  Sid: string
  Effect: 'Allow' | 'Deny'
  Action: readonly string[]
  Principal?: Readonly<Record<string, string | readonly string[]>>
  Resource?: string | readonly string[]
  Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

export const policyDocument = (...statements: readonly Statement[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements })

/** Lets an AWS service take on a role, for resources of this account only: another account cannot borrow the service to do it. */
export const assumedBy = (service: string, account: string): string =>
  policyDocument({
    Sid: 'Service',
    Effect: 'Allow',
    Principal: { Service: service },
    Action: ['sts:AssumeRole'],
    Condition: { StringEquals: { 'aws:SourceAccount': account } },
  })

/** The same for services that do not say for whom they act: EC2 instances and the EKS control plane. */
export const assumedByAnonymously = (service: string, actions: readonly string[] = ['sts:AssumeRole']): string =>
  policyDocument({ Sid: 'Service', Effect: 'Allow', Principal: { Service: service }, Action: actions })
