import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand } from '@aws-sdk/client-kms'
import { CreateSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startMoto, type Moto } from '../../../../test/support/moto/moto.ts'
import { awsClients, type AwsClients } from '../aws-clients.ts'
import type { AwsLink } from '../aws-link.ts'
import { SWEEP_ACTIONS } from './sweep-rights.ts'
import { sweepAws } from './sweep.ts'

const REGION = 'eu-central-1'
const LINK: AwsLink = { signal: new AbortController().signal }
const NO_RIGHTS_ASKED = 1_000_000_000
/** moto words refusals as XML, whatever the service speaks: only the status is AWS's. */
const REFUSED = { $metadata: { httpStatusCode: 403 } }

let moto: Moto
let sweeper: AwsClients | undefined
beforeAll(async () => {
  moto = await startMoto()
})
afterAll(() => moto.stop())
beforeEach(() => moto.reset())
afterEach(async () => {
  sweeper?.close()
  await moto.requireRightsAfter(NO_RIGHTS_ASKED)
})

/** moto names the rights of one service after its host, AWS does not. */
const asMotoCallsIt = (action: string): string => action.replace(/^tag:/, 'tagging:')

/** Clients of somebody who may do this and nothing else; from then on everybody is asked for rights. */
async function somebodyWho(actions: readonly string[]): Promise<AwsClients> {
  const { iam, kms, secrets } = moto.clients.in(REGION)
  await kms.send(new CreateKeyCommand({ Tags: [{ TagKey: 'steward:tenant', TagValue: 'acme' }] }))
  await secrets.send(
    new CreateSecretCommand({ Name: 'x', SecretString: 'swordfish', Tags: [{ Key: 'steward:tenant', Value: 'acme' }] }),
  )
  await iam.send(new CreateUserCommand({ UserName: 'sweeper' }))
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'sweeper',
      PolicyName: 'sweep',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: actions.map(asMotoCallsIt), Resource: '*' }],
      }),
    }),
  )
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'sweeper' }))
  await moto.requireRightsAfter(0)
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  sweeper = awsClients({ endpoint: moto.url, credentials })
  return sweeper
}

const kinds = async (clients: AwsClients) =>
  (await sweepAws(clients, { tenant: 'acme', regions: [REGION] }, LINK)).map(({ kind }) => kind)

test('a sweep needs no other right than those listed, and they change nothing and open no secret', async () => {
  const clients = await somebodyWho(SWEEP_ACTIONS)
  expect(await kinds(clients)).toEqual(['kms:key', 'secretsmanager:secret'])
  const { kms, secrets } = clients.in(REGION)
  await expect(kms.send(new CreateKeyCommand({}))).rejects.toMatchObject(REFUSED)
  await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'x' }))).rejects.toMatchObject(REFUSED)
})

// what asks about a vault or an issuer is only called where there is one
test.each(SWEEP_ACTIONS.filter((action) => !/RecoveryPoints|GetOpenIDConnectProvider/.test(action)))(
  'without %s a sweep says nothing about what is left',
  async (action) => {
    const clients = await somebodyWho(SWEEP_ACTIONS.filter((each) => each !== action))
    await expect(kinds(clients)).rejects.toMatchObject({ code: 'aws.forbidden' })
  },
)
