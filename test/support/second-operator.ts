import type { PlaneClient } from './plane.ts'

/** The token of somebody else, who may agree to what one operator asked for. */
export async function secondOperator({ call }: PlaneClient, role: string): Promise<string> {
  const operator = await call('POST', '/v1/operators', { body: { name: 'second', role } })
  const token = await call('POST', '/v1/tokens', { body: { name: 'approving', operator: operator.body['id'] } })
  if (token.status !== 201) throw new Error(`a token for a second operator: ${JSON.stringify([operator, token])}`)
  return String(token.body['secret'])
}
