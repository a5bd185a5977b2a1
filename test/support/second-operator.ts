import type { PlaneClient } from './plane.ts'
import { until } from './postgres.ts'

/** The token of somebody else, who may agree to what one operator asked for. */
export async function secondOperator({ call }: PlaneClient, role: string): Promise<string> {
  const operator = await call('POST', '/v1/operators', { body: { name: 'second', role } })
  const token = await call('POST', '/v1/tokens', { body: { name: 'approving', operator: operator.body['id'] } })
  if (token.status !== 201) throw new Error(`a token for a second operator: ${JSON.stringify([operator, token])}`)
  return String(token.body['secret'])
}

type Planned = { state: string; hash: string; content: { findings: { resources: string[] }[] } }

/** Agrees to what an operation would do to a stack once that was looked at, with everything protected that it names. */
export async function approvePlanned({ call }: PlaneClient, token: string, operationId: string): Promise<void> {
  const { hash, content } = await until(async () => {
    const { body } = await call<Planned>('GET', `/v1/operations/${operationId}/plan`)
    if (body.state !== 'ready') throw new Error(`its plan is ${JSON.stringify(body)}`)
    return body
  }, 120)
  const body = { plan: hash, release: content.findings.flatMap(({ resources }) => resources) }
  const answer = await call('POST', `/v1/operations/${operationId}/approve`, { token, body })
  if (answer.status !== 202) throw new Error(`approving: ${answer.status} ${JSON.stringify(answer.body)}`)
}
